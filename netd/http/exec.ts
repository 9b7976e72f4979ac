/** Docker Engine API, "Exec": https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Exec */
import type { FastifyInstance } from 'fastify'
import { createExecRequest, startExecRequest } from '../../api/docker/exec.ts'
import { parseSize } from '../engine/containers/resize.ts'
import type { Engine } from '../engine/engine.ts'
import { createExec } from '../engine/exec/create.ts'
import { inspectExec } from '../engine/exec/inspect.ts'
import { resizeExec } from '../engine/exec/resize.ts'
import { startDetachedExec, startExec } from '../engine/exec/start.ts'
import { parse } from './parse.ts'
import { text, type Query } from './query.ts'
import { sendConversation } from './stream/answers.ts'

interface Route {
  Params: { id: string }
  Querystring: Query
}

export function execRoutes(app: FastifyInstance, engine: Engine): void {
  app.post<Route>('/containers/:id/exec', async ({ params, body }, reply) => {
    return reply.code(201).send({ Id: createExec(engine, params.id, parse(createExecRequest, body ?? {})) })
  })

  app.post<Route>('/exec/:id/start', async (request, reply) => {
    const asked = parse(startExecRequest, request.body ?? {})
    if (asked.Detach === true) {
      await startDetachedExec(engine, request.params.id, asked)
      return reply.code(200).send()
    }
    await sendConversation(engine, request, reply, startExec(engine, request.params.id, asked))
    return reply
  })

  app.get<Route>('/exec/:id/json', ({ params }) => inspectExec(engine, params.id))

  app.post<Route>('/exec/:id/resize', async ({ params, query }, reply) => {
    await resizeExec(engine, params.id, parseSize(text(query, 'h'), text(query, 'w')))
    return reply.code(200).send()
  })
}

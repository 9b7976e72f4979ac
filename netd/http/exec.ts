/** Docker Engine API, "Exec": https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Exec */
import type { FastifyInstance } from 'fastify'
import { createExecRequest, startExecRequest } from '../../api/docker/exec.ts'
import { parseSize } from '../engine/containers/resize.ts'
import type { Conversation } from '../engine/conversation.ts'
import type { Engine } from '../engine/engine.ts'
import { createExec } from '../engine/exec/create.ts'
import { inspectExec } from '../engine/exec/inspect.ts'
import { resizeExec } from '../engine/exec/resize.ts'
import { startDetachedExec, startExec } from '../engine/exec/start.ts'
import { carry } from './carry.ts'
import { startConversation } from './container-streams.ts'
import { streamContentType } from './frames.ts'
import { parse } from './parse.ts'
import { text, type Query } from './query.ts'

interface Route {
  Params: { id: string }
  Querystring: Query
}

/** Undefined when the request was to detach: then it is answered already. */
export async function openExec(engine: Engine, id: string, body: unknown): Promise<Conversation | undefined> {
  const request = parse(startExecRequest, body ?? {})
  if (request.Detach !== true) return startExec(engine, id, request)
  await startDetachedExec(engine, id, request)
  return undefined
}

export function execRoutes(app: FastifyInstance, engine: Engine): void {
  app.post<Route>('/containers/:id/exec', async ({ params, body }, reply) => {
    return reply.code(201).send({ Id: createExec(engine, params.id, parse(createExecRequest, body ?? {})) })
  })

  // Without `Upgrade:`, and so without input; ./hijack.ts has the other way in.
  app.post<Route>('/exec/:id/start', async (request, reply) => {
    const conversation = await openExec(engine, request.params.id, request.body)
    if (conversation === undefined) return reply.code(200).send()
    startConversation(reply, streamContentType(request.apiVersion, conversation.isTty))
    await carry(conversation, undefined, reply.raw)
    return reply
  })

  app.get<Route>('/exec/:id/json', ({ params }) => inspectExec(engine, params.id))

  app.post<Route>('/exec/:id/resize', async ({ params, query }, reply) => {
    await resizeExec(engine, params.id, parseSize(text(query, 'h'), text(query, 'w')))
    return reply.code(200).send()
  })
}

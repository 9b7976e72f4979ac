/** /trestle/v1/namespaces */
import type { FastifyInstance } from 'fastify'
import { createNamespaceRequest, runInNamespaceRequest } from '../../api/trestle/namespaces.ts'
import { createNamespace } from '../engine/namespaces/create-namespace.ts'
import { deleteNamespace } from '../engine/namespaces/delete-namespace.ts'
import { inspectNamespace, listNamespaces } from '../engine/namespaces/find-namespace.ts'
import { runInNamespace } from '../engine/namespaces/run-in-namespace.ts'
import type { Engine } from '../engine/engine.ts'
import { parse } from './parse.ts'
import { hangUp } from './stream/answers.ts'

interface ByName {
  Params: { name: string }
}

export function namespaceRoutes(app: FastifyInstance, engine: Engine): void {
  app.get('/trestle/v1/namespaces', () => listNamespaces(engine))

  app.post('/trestle/v1/namespaces', async (request, reply) => {
    return reply.code(201).send(await createNamespace(engine, parse(createNamespaceRequest, request.body)))
  })

  app.get<ByName>('/trestle/v1/namespaces/:name', (request) => inspectNamespace(engine, request.params.name))

  app.delete<ByName>('/trestle/v1/namespaces/:name', async (request, reply) => {
    await deleteNamespace(engine, request.params.name)
    return reply.code(204).send()
  })

  app.post<ByName>('/trestle/v1/namespaces/:name/run', (request, reply) => {
    // Who hangs up does not want the answer any more: the command ends, too.
    return runInNamespace(engine, request.params.name, parse(runInNamespaceRequest, request.body), hangUp(reply))
  })
}

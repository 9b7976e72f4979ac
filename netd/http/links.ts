/** /trestle/v1/links */
import type { FastifyInstance } from 'fastify'
import { createLinkRequest } from '../../api/trestle/links.ts'
import { createLink } from '../engine/links/create-link.ts'
import { deleteLink } from '../engine/links/delete-link.ts'
import { listLinks } from '../engine/links/find-link.ts'
import type { Engine } from '../engine/engine.ts'
import { parse } from './parse.ts'

export function linkRoutes(app: FastifyInstance, engine: Engine): void {
  app.get('/trestle/v1/links', () => listLinks(engine))

  app.post('/trestle/v1/links', async (request, reply) => {
    return reply.code(201).send(await createLink(engine, parse(createLinkRequest, request.body)))
  })

  app.delete<{ Params: { id: string } }>('/trestle/v1/links/:id', async (request, reply) => {
    await deleteLink(engine, request.params.id)
    return reply.code(204).send()
  })
}

/** /trestle/v1/containers/ID/ports */
import type { FastifyInstance } from 'fastify'
import { errors } from '../../api/errors.ts'
import { publishPortsRequest, unpublishPortsQuery, type PublishedPort } from '../../api/trestle/ports.ts'
import { publishedPorts, publishPorts, unpublishPorts } from '../engine/containers/ports.ts'
import type { Engine } from '../engine/engine.ts'
import { parsePortBindings } from './container-request/ports.ts'
import { parse } from './parse.ts'
import type { Query } from './query.ts'

interface Route {
  Params: { id: string }
  Querystring: Query
}

export function portRoutes(app: FastifyInstance, engine: Engine): void {
  app.get<Route>('/trestle/v1/containers/:id/ports', ({ params }): PublishedPort[] => publishedPorts(engine, params.id))

  app.post<Route>('/trestle/v1/containers/:id/ports', async ({ params, body }, reply) => {
    const wishes = parsePortBindings(parse(publishPortsRequest, body).portBindings)
    if (wishes.length === 0) throw errors.invalidParameter('invalid parameter: portBindings: no port is named')
    return reply.code(201).send((await publishPorts(engine, params.id, wishes)) satisfies PublishedPort[])
  })

  app.delete<Route>('/trestle/v1/containers/:id/ports', async ({ params, query }, reply) => {
    const { containerPort, containerPortEnd = containerPort, ...where } = parse(unpublishPortsQuery, query)
    await unpublishPorts(engine, params.id, { containerPort, containerPortEnd, ...where })
    return reply.code(204).send()
  })
}

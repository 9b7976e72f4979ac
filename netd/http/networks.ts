/** /networks: https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Network */
import type { FastifyInstance } from 'fastify'
import { parseBool } from '../../api/docker/bool.ts'
import {
  connectNetworkRequest,
  createNetworkRequest,
  disconnectNetworkRequest,
  type CreateNetworkResponse,
  type PruneNetworksResponse,
} from '../../api/docker/networks.ts'
import { errors } from '../../api/errors.ts'
import { connectNetwork } from '../engine/sandbox/connect.ts'
import { createNetwork } from '../engine/networks/create-network.ts'
import { disconnectNetwork } from '../engine/sandbox/disconnect.ts'
import { inspectNetwork } from '../engine/networks/inspect-network.ts'
import { listNetworks } from '../engine/networks/list-networks.ts'
import { pruneNetworks } from '../engine/networks/prune-networks.ts'
import { removeNetwork } from '../engine/networks/remove-network.ts'
import type { Engine } from '../engine/engine.ts'
import { parseEndpoint } from './network-request/endpoint.ts'
import { parseNetworkRequest } from './network-request/network-request.ts'
import { parse } from './parse.ts'
import { filters, text, type Query } from './query.ts'
import { renderNetwork, renderNetworkEntry } from './render/network.ts'

interface Route {
  Params: { id: string }
  Querystring: Query
}

/** A network's name may have slashes, and clients do not escape them. */
interface WholePathRoute {
  Params: { '*': string }
  Querystring: Query
}

export function networkRoutes(app: FastifyInstance, engine: Engine): void {
  for (const path of ['/networks', '/networks/'])
    app.get<Route>(path, ({ query }) => listNetworks(engine, filters(query)).map(renderNetworkEntry))

  app.get<WholePathRoute>('/networks/*', ({ params, query }) => {
    checkVerbose(query)
    return renderNetwork(inspectNetwork(engine, params['*'], text(query, 'scope')))
  })

  app.post('/networks/create', async ({ body }, reply) => {
    const made = await createNetwork(engine, parseNetworkRequest(parse(createNetworkRequest, body)))
    return reply.code(201).send({ Id: made.id, Warning: made.warnings.join('\n') } satisfies CreateNetworkResponse)
  })

  app.post<Route>('/networks/prune', async ({ query }): Promise<PruneNetworksResponse> => {
    const names = await pruneNetworks(engine, filters(query))
    return { NetworksDeleted: names.length === 0 ? null : names }
  })

  app.post<Route>('/networks/:id/connect', async ({ params, body }, reply) => {
    const { Container, EndpointConfig } = parse(connectNetworkRequest, body)
    await connectNetwork(engine, params.id, Container, parseEndpoint(EndpointConfig ?? {}))
    return reply.code(200).send()
  })

  app.post<Route>('/networks/:id/disconnect', async ({ params, body }, reply) => {
    const { Container, Force } = parse(disconnectNetworkRequest, body)
    await disconnectNetwork(engine, params.id, Container, { isForced: Force ?? false })
    return reply.code(200).send()
  })

  app.delete<WholePathRoute>('/networks/*', async ({ params }, reply) => {
    await removeNetwork(engine, params['*'])
    return reply.code(204).send()
  })
}

/** Only a swarm's networks have more to say; but what is no boolean is refused, as dockerd does. */
function checkVerbose(query: Query): void {
  const value = text(query, 'verbose')
  if (value && parseBool(value) === undefined) {
    throw errors.invalidParameter(
      `invalid value for verbose: ${value}: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
    )
  }
}

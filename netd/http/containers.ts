/** Docker Engine API, "Container": https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container */
import type { FastifyInstance } from 'fastify'
import { createContainerRequest, type CreateContainerResponse } from '../../api/docker/containers.ts'
import { errors } from '../../api/errors.ts'
import { createContainer } from '../engine/containers/create.ts'
import { inspectContainer } from '../engine/containers/inspect.ts'
import { killContainer } from '../engine/containers/kill.ts'
import { listContainers } from '../engine/containers/list.ts'
import { pauseContainer, unpauseContainer } from '../engine/containers/pause.ts'
import { pruneContainers } from '../engine/containers/prune.ts'
import { removeContainerLink } from '../engine/containers/remove-link.ts'
import { removeContainer } from '../engine/containers/remove.ts'
import { renameContainer } from '../engine/containers/rename.ts'
import { parseSize, resizeContainer } from '../engine/containers/resize.ts'
import { restartContainer } from '../engine/containers/restart.ts'
import { startContainer } from '../engine/containers/start.ts'
import { stopContainer, type StopOptions } from '../engine/containers/stop.ts'
import { topContainer } from '../engine/containers/top.ts'
import type { Engine } from '../engine/engine.ts'
import { parseContainerRequest } from './container-request/container-request.ts'
import { parse } from './parse.ts'
import { filters, flag, integer, text, type Query } from './query.ts'
import { renderContainer } from './render/container.ts'
import { renderSummaries } from './render/summary.ts'
import { isOlder } from './versions.ts'

interface Route {
  Params: { id: string }
  Querystring: Query
}

export function containerRoutes(app: FastifyInstance, engine: Engine): void {
  app.get<Route>('/containers/json', async ({ query }) => {
    const listed = await listContainers(engine, {
      isAll: flag(query, 'all'),
      limit: integer(query, 'limit') ?? 0,
      withSize: flag(query, 'size'),
      filters: filters(query),
    })
    return renderSummaries(engine, listed)
  })

  app.post<Route>('/containers/create', async (request, reply) => {
    if (request.body === undefined) throw errors.invalidParameter('invalid JSON in the request body: it is empty')
    const wanted = parse(createContainerRequest, request.body)
    const networks = Object.keys(wanted.NetworkingConfig?.EndpointsConfig ?? {})
    // Several networks at once came with 1.44.
    if (networks.length > 1 && isOlder(request.apiVersion, '1.44')) {
      throw errors.invalidParameter(`Container cannot be connected to network endpoints: ${networks.join(', ')}`)
    }
    const made = await createContainer(engine, parseContainerRequest(wanted), text(request.query, 'name'))
    return reply.code(201).send({ Id: made.id, Warnings: made.warnings } satisfies CreateContainerResponse)
  })

  app.post<Route>('/containers/prune', ({ query }) => pruneContainers(engine, filters(query)))

  app.get<Route>('/containers/:id/json', ({ params, apiVersion }) =>
    renderContainer(engine, inspectContainer(engine, params.id), apiVersion),
  )

  app.post<Route>('/containers/:id/start', async ({ params }, reply) => {
    return reply.code((await startContainer(engine, params.id)) ? 204 : 304).send()
  })

  app.post<Route>('/containers/:id/stop', async ({ params, query }, reply) => {
    return reply.code((await stopContainer(engine, params.id, stopOptions(query))) ? 204 : 304).send()
  })

  app.post<Route>('/containers/:id/restart', async ({ params, query }, reply) => {
    await restartContainer(engine, params.id, stopOptions(query))
    return reply.code(204).send()
  })

  app.post<Route>('/containers/:id/kill', async ({ params, query }, reply) => {
    await killContainer(engine, params.id, text(query, 'signal'))
    return reply.code(204).send()
  })

  app.post<Route>('/containers/:id/pause', async ({ params }, reply) => {
    await pauseContainer(engine, params.id)
    return reply.code(204).send()
  })

  app.post<Route>('/containers/:id/unpause', async ({ params }, reply) => {
    await unpauseContainer(engine, params.id)
    return reply.code(204).send()
  })

  app.post<Route>('/containers/:id/rename', async ({ params, query }, reply) => {
    await renameContainer(engine, params.id, text(query, 'name') ?? '')
    return reply.code(204).send()
  })

  app.post<Route>('/containers/:id/resize', async ({ params, query }, reply) => {
    await resizeContainer(engine, params.id, parseSize(text(query, 'h'), text(query, 'w')))
    return reply.code(200).send()
  })

  app.get<Route>('/containers/:id/top', ({ params, query }) =>
    topContainer(engine, params.id, text(query, 'ps_args') ?? '-ef'),
  )

  app.delete<Route>('/containers/:id', async ({ params, query }, reply) => {
    if (flag(query, 'link')) await removeContainerLink(engine, params.id)
    else await removeContainer(engine, params.id, { isForced: flag(query, 'force'), withVolumes: flag(query, 'v') })
    return reply.code(204).send()
  })

  // A link is named `web/db`, which clients do not escape.
  app.delete<{ Params: { id: string; alias: string }; Querystring: Query }>(
    '/containers/:id/:alias',
    async ({ params: { id, alias }, query }, reply) => {
      if (!flag(query, 'link')) throw errors.containerNotFound(`${id}/${alias}`)
      await removeContainerLink(engine, `${id}/${alias}`)
      return reply.code(204).send()
    },
  )
}

function stopOptions(query: Query): StopOptions {
  return { signal: text(query, 'signal'), graceSeconds: integer(query, 't') }
}

/** Docker Engine API, "Volume": https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Volume */
import type { FastifyInstance } from 'fastify'
import { createVolumeRequest } from '../../api/docker/volumes.ts'
import { errors } from '../../api/errors.ts'
import type { Engine } from '../engine/engine.ts'
import { createVolume } from '../engine/volumes/create-volume.ts'
import { describeVolume } from '../engine/volumes/describe-volume.ts'
import { findVolume } from '../engine/volumes/find-volume.ts'
import { listVolumes } from '../engine/volumes/list-volumes.ts'
import { pruneVolumes } from '../engine/volumes/prune-volumes.ts'
import { removeVolume } from '../engine/volumes/remove-volume.ts'
import { parse } from './parse.ts'
import { filters, flag, type Query } from './query.ts'
import { isOlder } from './versions.ts'

interface Route {
  /** Whatever follows, since clients do not escape a slash, and a name with one is refused by what looks it up. */
  Params: { '*': string }
  Querystring: Query
}

export function volumeRoutes(app: FastifyInstance, engine: Engine): void {
  app.get<Route>('/volumes', ({ query }) => listVolumes(engine, filters(query)))

  app.get<Route>('/volumes/*', ({ params }) => describeVolume(engine, findVolume(engine, params['*'])))

  app.post('/volumes/create', async ({ body }, reply) => {
    if (body === undefined) throw errors.invalidParameter('got EOF while reading request body')
    return reply.code(201).send(await createVolume(engine, parse(createVolumeRequest, body)))
  })

  app.post<Route>('/volumes/prune', (request) =>
    pruneVolumes(engine, filters(request.query), { isNamedIncluded: isOlder(request.apiVersion, '1.42') }),
  )

  app.delete<Route>('/volumes/*', async ({ params, query }, reply) => {
    await removeVolume(engine, params['*'], { isForced: flag(query, 'force') })
    return reply.code(204).send()
  })
}

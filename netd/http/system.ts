/** Docker Engine API, "System": https://docs.docker.com/reference/api/engine/version/v1.47/#tag/System */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errors } from '../../api/errors.ts'
import type { Engine } from '../engine/engine.ts'
import { diskUsage } from '../engine/system/disk-usage.ts'
import { systemInfo } from '../engine/system/info.ts'
import { systemVersion } from '../engine/system/version.ts'
import { renderSummaries } from './render/summary.ts'
import { apiVersion, minApiVersion } from './versions.ts'

/** What clients ask for and this daemon does not do, with what to do instead. */
const absent: [method: 'GET' | 'POST' | 'PUT' | 'HEAD', path: string, instead: string][] = [
  [
    'GET',
    '/containers/:id/archive',
    'copying files is not supported by netd yet: bind a directory (-v), or docker exec CONTAINER tar',
  ],
  [
    'PUT',
    '/containers/:id/archive',
    'copying files is not supported by netd yet: bind a directory (-v), or docker exec -i CONTAINER tar',
  ],
  [
    'HEAD',
    '/containers/:id/archive',
    'copying files is not supported by netd yet: bind a directory (-v), or docker exec CONTAINER tar',
  ],
  ['GET', '/containers/:id/export', 'exporting a container is not supported by netd yet'],
  ['GET', '/containers/:id/changes', 'listing changed files is not supported by netd yet'],
  [
    'GET',
    '/containers/:id/stats',
    'statistics are not supported by netd yet: docker top, or the files under /sys/fs/cgroup',
  ],
  ['POST', '/containers/:id/update', 'changing limits of a container is not supported by netd yet: create it anew'],
  [
    'POST',
    '/commit',
    'committing a container is not supported by netd yet: docker import makes an image from a root file system',
  ],
  ['POST', '/build', 'building images is not supported by netd yet: build elsewhere, then docker save and docker load'],
  ['GET', '/images/get', 'saving images is not supported by netd yet'],
  ['GET', '/images/search', 'netd has no registry client yet'],
  ['POST', '/images/prune', 'pruning images is not supported by netd yet: docker rmi'],
  ['POST', '/auth', 'netd has no registry client yet'],
]

export function systemRoutes(app: FastifyInstance, engine: Engine): void {
  const ping = (_request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    reply
      .headers({ 'Cache-Control': 'no-cache, no-store, must-revalidate', Pragma: 'no-cache' })
      .type('text/plain; charset=utf-8')
      .send('OK')
  app.get('/_ping', ping)
  app.head('/_ping', ping)
  app.get('/version', () => systemVersion(engine, { version: apiVersion, minimum: minApiVersion }))
  app.get('/info', () => systemInfo(engine))
  app.get('/system/df', async () => {
    const { containers, others } = await diskUsage(engine)
    return { ...others, Containers: renderSummaries(engine, containers) }
  })

  for (const [method, url, instead] of absent) {
    app.route({
      method,
      url,
      config: { isStream: true },
      handler: () => {
        throw errors.notSupported(instead)
      },
    })
  }
}

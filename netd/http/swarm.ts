/** Everything of a swarm, and plugins, as a dockerd answers that is part of no swarm and has no plugins: clients clean up by asking. */
import type { FastifyInstance } from 'fastify'
import { errors } from '../../api/errors.ts'

type Method = 'GET' | 'POST' | 'DELETE'

/** What a manager answers. */
const ofManager: [Method, path: string][] = [
  ['GET', '/swarm'],
  ['GET', '/swarm/unlockkey'],
  ['GET', '/services/:id/logs'],
  ['GET', '/tasks/:id/logs'],
  ...['nodes', 'services', 'tasks', 'secrets', 'configs'].flatMap((kind): [Method, string][] => [
    ['GET', `/${kind}`],
    ['GET', `/${kind}/:id`],
  ]),
  ...['nodes', 'services', 'secrets', 'configs'].map((kind): [Method, string] => ['DELETE', `/${kind}/:id`]),
]

/** What a manager does with a body, for which dockerd looks first. */
const withBody: string[] = [
  '/swarm/update',
  '/swarm/unlock',
  ...['services', 'secrets', 'configs'].map((kind) => `/${kind}/create`),
  ...['nodes', 'services', 'secrets', 'configs'].map((kind) => `/${kind}/:id/update`),
]

const ofPlugin: [Method, path: string][] = [
  ['GET', '/plugins/:name/json'],
  ['DELETE', '/plugins/:name'],
  ...['enable', 'disable', 'push', 'set', 'upgrade'].map((verb): [Method, string] => [
    'POST',
    `/plugins/:name/${verb}`,
  ]),
]

export function swarmRoutes(app: FastifyInstance): void {
  for (const [method, url] of ofManager) {
    app.route({
      method,
      url,
      handler: () => {
        throw errors.noSwarmManager()
      },
    })
  }
  for (const url of withBody) {
    app.post(url, ({ body }) => {
      if (body === undefined) throw errors.invalidParameter('got EOF while reading request body')
      throw errors.noSwarmManager()
    })
  }
  app.post('/swarm/leave', () => {
    throw errors.notInSwarm()
  })
  for (const verb of ['init', 'join']) {
    app.post(`/swarm/${verb}`, () => {
      throw errors.notSupported('netd has no swarm: its networks are local, and a lab spans one host')
    })
  }
}

export function pluginRoutes(app: FastifyInstance): void {
  app.get('/plugins', () => [])
  for (const [method, url] of ofPlugin) {
    app.route<{ Params: { name: string } }>({
      method,
      url,
      handler: ({ params }) => {
        throw errors.pluginNotFound(params.name)
      },
    })
  }
  for (const verb of ['pull', 'create']) {
    app.post(`/plugins/${verb}`, { config: { isStream: true } }, () => {
      throw errors.notSupported('plugins are not supported by netd: its drivers are built in')
    })
  }
}

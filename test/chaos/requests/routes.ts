/** Every route of the daemon, as its own server has them: one that is new is searched without a line here. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import type { Engine } from '../../../netd/engine/engine.ts'
import { openServer } from '../../../netd/http/server.ts'
import { image } from '../world.ts'

export interface Route {
  method: string
  /** `/containers/:id/start`, `/networks/*`. */
  url: string
}

/** Nothing is asked of the engine until a request comes. */
const nobody: object = new Proxy(() => nobody, { get: (_, name) => (name === 'then' ? undefined : nobody) })

export async function allRoutes(): Promise<Route[]> {
  const routes: Route[] = []
  const note = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) routes.push({ method: one, url })
    })
  }
  subscribe('fastify.initialization', note)
  try {
    const app = await openServer({ ...nobody, config: { bodyLimitBytes: 1 }, kernel: nobody, events: nobody } as Engine)
    await app.close()
  } finally {
    unsubscribe('fastify.initialization', note)
  }
  return routes
}

const container = {
  Image: image,
  Cmd: ['true'],
  Env: ['A=b'],
  Labels: { a: 'b' },
  ExposedPorts: { '80/tcp': {} },
  HostConfig: {
    Binds: ['data:/data'],
    PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    Memory: 67108864,
    Dns: ['10.0.0.1'],
    ExtraHosts: ['a:10.0.0.1'],
    NetworkMode: 'base',
    LogConfig: { Type: 'json-file', Config: {} },
    Mounts: [{ Type: 'tmpfs', Target: '/t' }],
    Sysctls: { 'net.ipv4.ip_forward': '1' },
    Ulimits: [{ Name: 'nofile', Soft: 10, Hard: 10 }],
    Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/x', CgroupPermissions: 'r' }],
  },
  NetworkingConfig: { EndpointsConfig: { base: { Aliases: ['x'], IPAMConfig: {} } } },
}

/** What a route takes, to be mutated; any other gets an object all the same. */
export const bodies: Record<string, object> = {
  'POST /containers/create': container,
  'POST /networks/create': {
    Name: 'mutant',
    Driver: 'bridge',
    IPAM: { Driver: 'default', Config: [{ Subnet: '10.77.0.0/24', Gateway: '10.77.0.1' }] },
    Options: { 'com.docker.network.driver.mtu': '1400' },
    Labels: { a: 'b' },
  },
  'POST /networks/:id/connect': { Container: 'idle', EndpointConfig: { Aliases: ['y'] } },
  'POST /networks/:id/disconnect': { Container: 'idle', Force: true },
  'POST /volumes/create': { Name: 'mutant', Driver: 'local', DriverOpts: {}, Labels: {} },
  'POST /containers/:id/exec': { Cmd: ['true'], Env: [], User: '0', Tty: false, AttachStdout: true },
  'POST /exec/:id/start': { Detach: true, Tty: false },
  'POST /trestle/v1/namespaces': { name: 'mutant', labels: { a: 'b' }, sysctls: { 'net.ipv4.ip_forward': '1' } },
  'POST /trestle/v1/namespaces/:name/run': { command: ['true'], environment: { A: 'b' }, timeoutMs: 1000 },
  'POST /trestle/v1/links': {
    ends: [
      { node: 'red', interface: 'eth1', addresses: ['10.9.0.1/24'] },
      { node: 'blue', interface: 'eth1' },
    ],
  },
}

export const bodyOf = ({ method, url }: Route): object | undefined =>
  bodies[`${method} ${url}`] ?? (method === 'POST' || method === 'PUT' ? { a: ['b'], c: { d: 1 } } : undefined)

/** Those of all routes: what one does not know, it has to ignore. */
export const parameters =
  'all condition detachKeys details filters follow force fromImage fromSrc h limit link logs message name noprune path ps_args quiet repo scope signal since size stderr stdin stdout stream t tag tail timestamps until v verbose w'.split(
    ' ',
  )

export const values = [
  '1',
  '0',
  '',
  'true',
  '-1',
  '1e99',
  '%00',
  '%zz',
  '{}',
  '{"name":["base"]}',
  '{"a":',
  'a'.repeat(4000),
]

/** Ids and names that routes are asked about; `steady` is not among them, for it has to go on. */
export const names = [
  ...'idle idle idle red mutant none %zz %00 .. %2e%2e%2f __proto__ %c3%a9 %20 a/b idle/json'.split(' '),
  '0'.repeat(64),
  'a'.repeat(5000),
]

/** They answer when something happens, or for as long as something goes on. */
export const waits = /\/(attach|wait|logs|events|stats)$|^\/exec\/:id\/start$/

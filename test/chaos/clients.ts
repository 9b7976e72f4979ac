/** Many clients, few names: whatever they do to one another, each answer is a documented one, no address is held twice, and nothing is left. */
import type { HermeticHost } from '../support/host.ts'
import type { Random } from './random.ts'
import type { Report, Search } from './report.ts'
import { resources, sameResources } from './resources.ts'
import { sameTraces, traces } from './traces.ts'
import { ask, image, noFaults, startWorld, steadyGoesOn } from './world.ts'

const containers = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6']
const networks = ['n1', 'n2', 'n3']
const volumes = ['v1', 'v2']

interface Request {
  method: string
  path: string
  body?: object
  /** What the Engine API documents for it. */
  statuses: number[]
}

const requests: ((random: Random) => Request)[] = [
  (random) => ({
    method: 'POST',
    path: `/containers/create?name=${random.pick(containers)}`,
    body: {
      Image: image,
      Cmd: random.pick([['true'], ['false'], ['sleep', '600']]),
      HostConfig: {
        NetworkMode: random.pick([...networks, 'bridge', 'none', `container:${random.pick(containers)}`]),
        RestartPolicy: { Name: random.pick(['', 'always', 'on-failure']) },
        Binds: random.below(3) === 0 ? [`${random.pick(volumes)}:/data`] : [],
        PortBindings: random.below(3) === 0 ? { '80/tcp': [{ HostPort: String(20_000 + random.below(3)) }] } : {},
        AutoRemove: false,
      },
    },
    statuses: [201, 400, 404, 409],
  }),
  ...(['start', 'stop?t=0', 'kill', 'restart?t=0', 'pause', 'unpause'] as const).map(
    (verb) =>
      (random: Random): Request => ({
        method: 'POST',
        path: `/containers/${random.pick(containers)}/${verb}`,
        // A network that is gone, a port that is taken: dockerd answers a start with 404, 409 and 500.
        statuses: [204, 304, 400, 404, 409, ...(/start/.test(verb) ? [500] : [])],
      }),
  ),
  (random) => ({
    method: 'POST',
    path: `/containers/${random.pick(containers)}/rename?name=${random.pick(containers)}`,
    statuses: [204, 400, 404, 409],
  }),
  (random) => ({
    method: 'DELETE',
    path: `/containers/${random.pick(containers)}?force=${random.below(2)}&v=1`,
    statuses: [204, 404, 409],
  }),
  (random) => ({
    method: 'POST',
    path: `/containers/${random.pick(containers)}/exec`,
    body: { Cmd: ['true'] },
    statuses: [201, 404, 409],
  }),
  (random) => ({
    method: 'POST',
    path: '/networks/create',
    body: { Name: random.pick(networks) },
    statuses: [201, 409],
  }),
  (random) => ({ method: 'DELETE', path: `/networks/${random.pick(networks)}`, statuses: [204, 403, 404, 409] }),
  ...(['connect', 'disconnect'] as const).map((verb) => (random: Random): Request => ({
    method: 'POST',
    path: `/networks/${random.pick(networks)}/${verb}`,
    body: { Container: random.pick(containers), ...(verb === 'disconnect' ? { Force: random.below(2) === 0 } : {}) },
    statuses: [200, 400, 403, 404, 409, 500],
  })),
  (random) => ({ method: 'POST', path: '/volumes/create', body: { Name: random.pick(volumes) }, statuses: [201] }),
  (random) => ({ method: 'DELETE', path: `/volumes/${random.pick(volumes)}`, statuses: [204, 404, 409] }),
  () => ({ method: 'GET', path: '/containers/json?all=1', statuses: [200] }),
  () => ({ method: 'GET', path: '/networks', statuses: [200] }),
]

/** 500 is documented for a start and a connect, but not with the words of a bug. */
const bugs = /is not a function|Cannot read prop|undefined|\bat \S+:\d+:\d+|EBADF|rpc error|runc/

export async function clients({ random, forMs, report }: Search, count = 50): Promise<void> {
  await using host = await startWorld()
  const before = await traces(host)
  const held = await resources(host)
  const pid = await host.netdPid()
  const untilMs = performance.now() + forMs
  await Promise.all(Array.from({ length: count }, () => client(host, random.fork(), untilMs, report)))
  if ((await host.netdPid()) !== pid) report.isWrong('the daemon ended')
  await steadyGoesOn(host, 'after the clients', report)
  await noAddressTwice(host, report)
  for (const name of containers) await ask(host, 'DELETE', `/containers/${name}?force=1&v=1`)
  for (const name of networks) await ask(host, 'DELETE', `/networks/${name}`)
  for (const name of volumes) await ask(host, 'DELETE', `/volumes/${name}`)
  await sameTraces(host, before, 'after the clients', report)
  await sameResources(host, held, 'the clients', report)
  await noFaults(host, report)
}

async function client(host: HermeticHost, random: Random, untilMs: number, report: Report): Promise<void> {
  while (performance.now() < untilMs) {
    const { method, path, body, statuses } = random.pick(requests)(random)
    try {
      const answer = await ask(host, method, path, body)
      if (!statuses.includes(answer.status) || (answer.status >= 400 && bugs.test(answer.text)))
        report.isWrong(`${method} ${path} ${JSON.stringify(body ?? '')}: ${answer.status} ${answer.text.trim()}`)
    } catch (error) {
      report.isWrong(`${method} ${path}: ${(error as Error).message}`)
      return
    }
    report.count('requests of clients')
  }
}

async function noAddressTwice(host: HermeticHost, report: Report): Promise<void> {
  const { body } = await ask(host, 'GET', '/networks')
  for (const { Name } of body as { Name: string }[]) {
    const { body: network } = await ask(host, 'GET', `/networks/${Name}`)
    const addresses = Object.values(network.Containers as Record<string, { IPv4Address: string }>)
      .map(({ IPv4Address }) => IPv4Address)
      .filter((address) => address !== '')
    if (new Set(addresses).size < addresses.length)
      report.isWrong(`${Name} has an address twice: ${addresses.join(', ')}`)
  }
}

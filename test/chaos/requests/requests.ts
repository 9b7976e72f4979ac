/** Mutated requests against every route, on raw sockets: whatever comes, one sentence goes back, and the daemon serves the next one. */
import type { HermeticHost } from '../../support/host.ts'
import type { Random } from '../random.ts'
import type { Report, Search } from '../report.ts'
import { resources, sameResources } from '../resources.ts'
import { sameTraces, traces } from '../traces.ts'
import { ask, image, noFaults, startWorld, steadyGoesOn } from '../world.ts'
import { build, type Mutant } from './build.ts'
import { allRoutes, type Route } from './routes.ts'
import { send } from './wire.ts'

export async function requests({ random, forMs, report }: Search): Promise<void> {
  await using host = await startWorld()
  const before = await traces(host)
  const routes = await allRoutes()
  const asked = new Map<Route, number>()
  await makeIdle(host)
  const held = await resources(host)
  const pid = await host.netdPid()
  const untilMs = performance.now() + forMs
  const senders = Array.from({ length: 12 }, () =>
    sender(host, { random: random.fork(), untilMs, report }, routes, asked),
  )
  await Promise.all(senders)
  if ((await host.netdPid()) !== pid) report.isWrong('the daemon ended')
  await steadyGoesOn(host, 'after the mutated requests', report)
  await clear(host, ['/steady'])
  await sameTraces(host, before, 'after the mutated requests', report)
  await sameResources(host, held, 'the mutated requests', report)
  await noFaults(host, report)
  const least = Math.min(...routes.map((route) => asked.get(route) ?? 0))
  report.count('routes', routes.length)
  report.count('or more of them to each', least)
}

interface Sender {
  random: Random
  untilMs: number
  report: Report
}

async function sender(
  host: HermeticHost,
  { random, untilMs, report }: Sender,
  routes: Route[],
  asked: Map<Route, number>,
): Promise<void> {
  while (performance.now() < untilMs) {
    const mutant = build(random.pick(routes), random)
    judge(mutant, await send(host.socket, mutant), report)
    report.count('mutated requests')
    asked.set(mutant.route, (asked.get(mutant.route) ?? 0) + 1)
    if (random.below(300) !== 0) continue
    const { text } = await ask(host, 'GET', '/_ping')
    if (text !== 'OK') report.isWrong(`after ${mutant.label} the daemon does not answer a ping`)
    // What mutants were made must not fill the host. Whoever clears meets others who do.
    await clear(host).catch((error: Error) => report.isWrong(`after ${mutant.label}: ${error.message}`))
  }
}

/** 501 is said of what this engine does not do, 503 of what a swarm would, 500 only where dockerd says it: of a start, of a network's endpoint, of what ps(1) refuses, of a link that is none. */
const allowed = /^HTTP\/1\.1 (1|2|3|4|501|503|505)/
const mayFail = /\/(start|restart|connect|disconnect|top)$/
const isNoLink = /cannot remove the default link name of the container/
/** 500 is documented for a start and a connect, but not with the words of a bug. */
const bugs = /is not a function|Cannot read prop|undefined is|\bat \S+:\d+:\d+|EBADF|rpc error/

function judge({ label, route, bytes, mustBeAnswered }: Mutant, answer: string, report: Report): void {
  const evidence = (): string =>
    bytes
      .toString('latin1')
      .replaceAll(/(.{1,6})\1{20,}/gs, '$1…')
      .slice(0, 1500)
  if (answer === '') {
    if (mustBeAnswered) report.isWrong(`${label}: no answer`, evidence())
    return
  }
  const isAllowed =
    allowed.test(answer) || (answer.startsWith('HTTP/1.1 500') && (mayFail.test(route.url) || isNoLink.test(answer)))
  if (!isAllowed || (!/^HTTP\/1\.1 [12]/.test(answer) && bugs.test(answer)))
    report.isWrong(`${label}: ${answer.slice(9, 12)} ${answer.split('\r\n\r\n')[1]?.trim() ?? ''}`, evidence())
}

async function makeIdle(host: HermeticHost): Promise<void> {
  const body = { Image: image, Cmd: ['sleep', '600'], HostConfig: { NetworkMode: 'base' } }
  await ask(host, 'POST', '/containers/create?name=idle', body)
  for (const name of ['red', 'blue']) await ask(host, 'POST', '/trestle/v1/namespaces', { name })
}

/** Everything but what the world began with; and what was there to be asked about is there again. */
async function clear(host: HermeticHost, kept = ['/steady', '/idle']): Promise<void> {
  const list = async (path: string): Promise<any> => {
    const { status, body, text } = await ask(host, 'GET', path)
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${text}`)
    return body
  }
  const containers = await list('/containers/json?all=1')
  for (const { Id, Names } of containers as { Id: string; Names: string[] }[])
    if (!kept.includes(Names[0]!)) await ask(host, 'DELETE', `/containers/${Id}?force=1&v=1`)
  const networks = await list('/networks?filters={"type":["custom"]}')
  for (const { Id, Name } of networks as { Id: string; Name: string }[])
    if (Name !== 'base') await ask(host, 'DELETE', `/networks/${Id}`)
  const volumes = await list('/volumes')
  for (const { Name } of (volumes.Volumes ?? []) as { Name: string }[])
    await ask(host, 'DELETE', `/volumes/${encodeURIComponent(Name)}`)
  const namespaces = await list('/trestle/v1/namespaces')
  for (const { name } of namespaces as { name: string }[]) await ask(host, 'DELETE', `/trestle/v1/namespaces/${name}`)
  const images = await list('/images/json')
  for (const { Id, RepoTags } of images as { Id: string; RepoTags: string[] }[]) {
    const tags = RepoTags.filter((tag) => !tag.startsWith(image))
    if (RepoTags.length === 0) await ask(host, 'DELETE', `/images/${Id}?force=1`)
    for (const tag of tags) await ask(host, 'DELETE', `/images/${encodeURIComponent(tag)}?force=1`)
  }
  if (kept.includes('/idle')) await makeIdle(host)
}

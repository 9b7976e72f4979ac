/** Mutated requests against every route, on raw sockets: whatever comes, one sentence goes back, and the daemon serves the next one. */
import { connect } from 'node:net'
import type { HermeticHost } from '../support/host.ts'
import type { Random } from './random.ts'
import type { Report } from './report.ts'
import { sameTraces, traces } from './traces.ts'
import { ask, image, startWorld, steadyGoesOn } from './world.ts'

/** Ids and names that routes are asked about; `steady` is not among them, for it has to go on. */
const names = ['idle', 'none', '0'.repeat(64), '%zz', '%00', '..', '%2e%2e%2f', 'a'.repeat(5000), '__proto__', 'é', ' ']

const templates: { method: string; path: string; body?: object }[] = [
  {
    method: 'POST',
    path: '/containers/create?name=mutant',
    body: {
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
      },
      NetworkingConfig: { EndpointsConfig: { base: { Aliases: ['x'], IPAMConfig: {} } } },
    },
  },
  {
    method: 'POST',
    path: '/networks/create',
    body: {
      Name: 'mutant',
      Driver: 'bridge',
      IPAM: { Driver: 'default', Config: [{ Subnet: '10.77.0.0/24', Gateway: '10.77.0.1' }] },
      Options: { 'com.docker.network.driver.mtu': '1400' },
      Labels: { a: 'b' },
    },
  },
  { method: 'POST', path: '/networks/base/connect', body: { Container: 'idle', EndpointConfig: { Aliases: ['y'] } } },
  { method: 'POST', path: '/networks/base/disconnect', body: { Container: 'idle', Force: true } },
  { method: 'POST', path: '/volumes/create', body: { Name: 'mutant', Driver: 'local', DriverOpts: {}, Labels: {} } },
  { method: 'POST', path: '/containers/idle/exec', body: { Cmd: ['true'], Env: [], User: '0', Tty: false } },
  {
    method: 'POST',
    path: '/trestle/v1/namespaces',
    body: { name: 'mutant', labels: { a: 'b' }, sysctls: { 'net.ipv4.ip_forward': '1' } },
  },
  {
    method: 'POST',
    path: '/trestle/v1/links',
    body: {
      ends: [
        { node: 'red', interface: 'eth1', addresses: ['10.9.0.1/24'] },
        { node: 'blue', interface: 'eth1' },
      ],
    },
  },
  ...[
    'json',
    'json?all=1',
    'NAME/json',
    'NAME/logs?stdout=1&tail=1',
    'NAME/top?ps_args=-ef',
    'NAME/stats?stream=0',
  ].map((path) => ({ method: 'GET', path: `/containers/${path}` })),
  ...['start', 'stop?t=1', 'kill?signal=9', 'restart?t=0', 'pause', 'unpause', 'rename?name=x', 'resize?h=1&w=1'].map(
    (verb) => ({ method: 'POST', path: `/containers/NAME/${verb}` }),
  ),
  { method: 'POST', path: '/containers/NAME/attach?stream=1&stdout=1' },
  { method: 'POST', path: '/containers/NAME/wait?condition=not-running' },
  { method: 'DELETE', path: '/containers/NAME?force=1' },
  { method: 'POST', path: '/exec/NAME/start', body: { Detach: true, Tty: false } },
  { method: 'GET', path: '/exec/NAME/json' },
  { method: 'GET', path: '/networks?filters={"name":["base"]}' },
  { method: 'GET', path: '/networks/NAME?verbose=true' },
  { method: 'DELETE', path: '/networks/NAME' },
  { method: 'GET', path: '/volumes/NAME' },
  { method: 'DELETE', path: '/volumes/NAME' },
  { method: 'GET', path: '/images/NAME/json' },
  { method: 'POST', path: '/images/NAME/tag?repo=x&tag=y' },
  { method: 'POST', path: '/images/load' },
  { method: 'POST', path: '/images/create?fromSrc=-&repo=mutant' },
  { method: 'GET', path: '/events?since=1&until=2&filters={}' },
  { method: 'GET', path: '/info' },
  { method: 'GET', path: '/system/df' },
  { method: 'GET', path: '/trestle/v1/graph' },
  { method: 'DELETE', path: '/trestle/v1/namespaces/NAME' },
  { method: 'DELETE', path: '/trestle/v1/links/NAME' },
  { method: 'GET', path: '/swarm' },
  { method: 'POST', path: '/swarm/leave?force=1' },
]

const odd: unknown[] = [
  null,
  true,
  -1,
  0,
  1e308,
  2 ** 53,
  '',
  ' ',
  '\0',
  '\ud800',
  '../../etc',
  'x'.repeat(70_000),
  [],
  [null],
  {},
  { a: {} },
  '10.0.0.0/33',
  '::1',
  '80/sctp',
  'container:steady',
  'host',
]

/** One value anywhere in the body becomes another, goes, or comes twice. */
function mutate(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0 || random.below(3) === 0) return random.pick([odd, [...value, ...value], random.pick(odd)])
    return value.with(random.below(value.length), mutate(random.pick(value), random))
  }
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value)
    if (keys.length === 0 || random.below(8) === 0) return random.pick(odd)
    const key = random.pick(keys)
    const inner = (value as Record<string, unknown>)[key]
    if (random.below(6) === 0) return { ...value, [random.pick(['__proto__', 'toString', 'x', ''])]: random.pick(odd) }
    return { ...value, [key]: mutate(inner, random) }
  }
  return random.pick(odd)
}

function nested(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
}

/** The bytes of a request, and whether the client goes on after them: a half-closed one does not. */
interface Raw {
  bytes: Buffer
  isHalfClosed: boolean
  label: string
}

function build(random: Random): Raw {
  const template = random.pick(templates)
  const path = template.path.replaceAll('NAME', random.pick(names))
  const label = `${template.method} ${path.slice(0, 100)}`
  let body = template.body === undefined ? '' : JSON.stringify(mutate(template.body, random))
  switch (random.below(12)) {
    case 0:
      body = body.slice(0, random.below(body.length + 1))
      break
    case 1:
      body = nested(2000)
      break
    case 2:
      body = String.fromCharCode(...Array.from({ length: 200 }, () => random.below(256)))
      break
    default:
  }
  const payload = Buffer.from(body, random.below(4) === 0 ? 'utf16le' : 'utf8')
  const headers = [`Host: ${random.pick(['netd', '', 'a'.repeat(3000)])}`]
  const type = random.pick(['application/json', 'application/json; charset=utf-16', 'text/plain', '', 'x', undefined])
  if (type !== undefined) headers.push(`Content-Type: ${type}`)
  if (random.below(10) === 0)
    headers.push('Connection: Upgrade', `Upgrade: ${random.pick(['tcp', 'websocket', 'h2c', ''])}`)
  if (random.below(20) === 0) headers.push(`X-Registry-Auth: ${random.pick(['e30', '%%%', 'x'.repeat(9000)])}`)
  const version = random.pick(['', '/v1.24', '/v1.47', '/v1.99', '/v0', '/vx'])
  const line = `${template.method} ${version}${path} HTTP/1.1`
  const framed = frame(payload, random)
  headers.push(...framed.headers)
  const head = `${line}\r\n${headers.join('\r\n')}\r\n\r\n`
  return { bytes: Buffer.concat([Buffer.from(head), framed.bytes]), isHalfClosed: random.below(5) === 0, label }
}

/** By length (right or wrong) or in chunks (whole or not). */
function frame(payload: Buffer, random: Random): { headers: string[]; bytes: Buffer } {
  const chunk = (size: string): Buffer =>
    Buffer.concat([Buffer.from(`${size}\r\n`), payload, Buffer.from('\r\n0\r\n\r\n')])
  switch (random.below(8)) {
    case 0:
      return { headers: ['Transfer-Encoding: chunked'], bytes: chunk(payload.length.toString(16)) }
    case 1:
      return { headers: ['Transfer-Encoding: chunked'], bytes: chunk(random.pick(['zz', '-1', 'ffffffffff', '1'])) }
    case 2:
      return { headers: [`Content-Length: ${random.pick(['-1', 'x', '99999999999', '1, 2'])}`], bytes: payload }
    case 3:
      return { headers: [`Content-Length: ${payload.length + random.below(3)}`], bytes: payload }
    case 4:
      return { headers: ['Transfer-Encoding: gzip, chunked', 'Content-Length: 5'], bytes: payload }
    default:
      return { headers: [`Content-Length: ${payload.length}`], bytes: payload }
  }
}

/** The answer's first bytes; empty when the daemon closed without one, or when the request never ended and we gave up. */
function send(socketPath: string, { bytes, isHalfClosed }: Raw, isSlow: boolean): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(socketPath)
    let answer = ''
    const done = (): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(done, 1500)
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
      if (answer.includes('\r\n\r\n') && answer.length > 300) done()
      else if (/\r\n\r\n[^]*\}\s*$/.test(answer)) done()
    })
    socket.on('error', done)
    socket.on('close', done)
    const half = isSlow ? Math.floor(bytes.length / 2) : bytes.length
    socket.write(bytes.subarray(0, half))
    if (isSlow) setTimeout(() => socket.writable && socket.end(bytes.subarray(half)), 50)
    else if (isHalfClosed) socket.end()
  })
}

/** 501 is said of what this engine does not do, 503 of what a swarm would, 500, as by dockerd, only of a start or of a network's endpoint. */
const allowed = /^HTTP\/1\.1 (1|2|3|4|501|503|505)/

export async function requests({
  random,
  untilMs,
  report,
}: {
  random: Random
  untilMs: number
  report: Report
}): Promise<void> {
  await using host = await startWorld()
  const before = await traces(host)
  await ask(host, 'POST', '/containers/create?name=idle', { Image: image, Cmd: ['sleep', '600'] })
  const pid = await host.netdPid()
  const memory = await residentMb(host)
  await Promise.all(Array.from({ length: 8 }, () => sender(host, random.fork(), untilMs, report)))
  if ((await host.netdPid()) !== pid) report.isWrong('the daemon ended')
  report.count('MB of netd before the requests', memory)
  report.count('MB after', await residentMb(host))
  await steadyGoesOn(host, 'after the mutated requests', report)
  await clear(host)
  await ask(host, 'DELETE', '/containers/idle?force=1')
  await sameTraces(host, before, 'after the mutated requests', report)
}

function statusAndWords(answer: string): string {
  return `${answer.slice(9, 12)} ${answer.split('\r\n\r\n')[1]?.trim() ?? ''}`
}

async function sender(host: HermeticHost, random: Random, untilMs: number, report: Report): Promise<void> {
  while (performance.now() < untilMs) {
    const raw = build(random)
    const answer = await send(host.socket, raw, random.below(50) === 0)
    report.count('mutated requests')
    const isStart = /\/(start|restart|connect|disconnect)/.test(raw.label)
    if (answer !== '' && !allowed.test(answer) && !(isStart && answer.startsWith('HTTP/1.1 500')))
      report.isWrong(`${raw.label}: ${statusAndWords(answer)}`, raw.bytes.toString('latin1').slice(0, 1500))
    if (random.below(200) !== 0) continue
    const { text } = await ask(host, 'GET', '/_ping')
    if (text !== 'OK') report.isWrong(`after ${raw.label} the daemon does not answer a ping`)
    // What mutants were made must not fill the host.
    await clear(host)
  }
}

/** Everything but what the world began with. */
async function clear(host: HermeticHost): Promise<void> {
  const { body: containers } = await ask(host, 'GET', '/containers/json?all=1')
  for (const { Id, Names } of containers as { Id: string; Names: string[] }[])
    if (!['/steady', '/idle'].includes(Names[0]!)) await ask(host, 'DELETE', `/containers/${Id}?force=1&v=1`)
  const { body: networks } = await ask(host, 'GET', '/networks?filters={"type":["custom"]}')
  for (const { Id, Name } of networks as { Id: string; Name: string }[])
    if (Name !== 'base') await ask(host, 'DELETE', `/networks/${Id}`)
  const { body: volumes } = await ask(host, 'GET', '/volumes')
  for (const { Name } of (volumes.Volumes ?? []) as { Name: string }[])
    await ask(host, 'DELETE', `/volumes/${encodeURIComponent(Name)}`)
  const { body: namespaces } = await ask(host, 'GET', '/trestle/v1/namespaces')
  for (const { name } of namespaces as { name: string }[]) await ask(host, 'DELETE', `/trestle/v1/namespaces/${name}`)
  const { body: images } = await ask(host, 'GET', '/images/json')
  for (const { Id, RepoTags } of images as { Id: string; RepoTags: string[] }[]) {
    const tags = RepoTags.filter((tag) => !tag.startsWith(image))
    if (RepoTags.length === 0) await ask(host, 'DELETE', `/images/${Id}?force=1`)
    for (const tag of tags) await ask(host, 'DELETE', `/images/${encodeURIComponent(tag)}?force=1`)
  }
}

async function residentMb(host: HermeticHost): Promise<number> {
  const { stdout } = await host.run(['ps', '-e', '-o', 'rss=,comm='])
  const kilobytes = stdout.split('\n').flatMap((line) => (line.endsWith(' netd') ? [Number.parseInt(line, 10)] : []))
  return Math.round(Math.max(0, ...kilobytes) / 1024)
}

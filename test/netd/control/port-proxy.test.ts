import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Connection } from '../../../netd/control/connection.ts'
import { openDataPlane } from '../../../netd/control/data-plane.ts'
import type { PortProxy } from '../../../netd/control/port-proxy.ts'
import type { PublishedPort } from '../../../netd/store/records.ts'
import { eventually } from '../../support/eventually.ts'
import { listening } from '../../support/listening.ts'
import type { FreshNamespace } from '../../support/namespace.ts'
import { openDataPlaneFixture, type DataPlaneFixture } from './data-plane-in.ts'

/** What stands in for the container: another loopback address of the same namespace. */
const container = { ipv4: '127.9.9.9', endpoint: { name: 'web', id: 'e1' } }
const id = 'c0ffee'

let fixture: DataPlaneFixture
let ns: FreshNamespace
let proxy: PortProxy
let programs: ReturnType<typeof spawn>[]

beforeAll(async () => {
  fixture = await openDataPlaneFixture()
  ns = fixture.host
})

beforeEach(() => {
  programs = []
  ;({ proxy } = fixture.dataPlane)
})

afterEach(async () => {
  const ended = programs.map((program) => once(program, 'exit'))
  for (const program of programs) program.kill()
  await Promise.all(ended)
  await fixture.succeed().restore([])
})

afterAll(() => fixture[Symbol.asyncDispose]())

/** Flags of Node under which the program is of another build. */
const anotherBuild = [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from 'node:module'
    registerHooks({
      load: (url, context, next) =>
        url.endsWith('/netd/dataplane/build.ts')
          ? { format: 'module', shortCircuit: true, source: 'export const build = "0"' }
          : next(url, context),
    })`)}`,
]

/** Runs a script with Node inside; resolves when it has said its first word. */
async function start(script: string): Promise<ReturnType<typeof spawn>> {
  const program = spawn('nsenter', [`--net=${ns.path}`, '--', process.execPath, '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  programs.push(program)
  await once(program.stdout, 'data')
  return program
}

async function evaluate(script: string): Promise<string> {
  return (await ns.run([process.execPath, '-e', script], { timeoutMs: 20_000 })).stdout
}

const port = (
  hostAddress: string,
  hostPort: number,
  protocol: PublishedPort['protocol'] = 'tcp',
  containerPort = 80,
): PublishedPort => ({ hostAddress, hostPort, containerPort, protocol })
const both = (hostPort: number, protocol?: PublishedPort['protocol'], containerPort?: number): PublishedPort[] => [
  port('0.0.0.0', hostPort, protocol, containerPort),
  port('::', hostPort, protocol, containerPort),
]

describe('publishing', () => {
  it('binds the port on the addresses given, and lets it go', async () => {
    expect(await proxy.publish(id, [...both(8080), port('127.0.0.1', 53, 'udp', 53)], container)).toEqual([
      ...both(8080),
      port('127.0.0.1', 53, 'udp', 53),
    ])
    expect(await listening(ns)).toEqual(['tcp 0.0.0.0:8080', 'tcp [::]:8080', 'udp 127.0.0.1:53'])
    await proxy.release(id)
    expect(await listening(ns)).toEqual([])
  })

  it('gives the same ephemeral port on IPv4 and IPv6, from the kernel’s range, and not the one given last', async () => {
    await ns.run(['sysctl', '-qw', 'net.ipv4.ip_local_port_range=40000 40003'])
    expect(await proxy.publish('a', both(0), container)).toEqual(both(40_000))
    await proxy.release('a')
    expect(await proxy.publish('b', both(0), container)).toEqual(both(40_001))
    await start('require("net").createServer().listen(40002, "::1", () => console.log("up"))')
    expect(await proxy.publish('c', both(0), container)).toEqual(both(40_003))
    expect(await proxy.publish('d', both(0), container)).toEqual(both(40_000))
    await expect(proxy.publish('e', both(0), container)).rejects.toThrow(
      'driver failed programming external connectivity on endpoint web (e1): all ports are allocated',
    )
  })

  it('gives the first free port of a range', async () => {
    const range = both(9100).map((request) => ({ ...request, hostPortEnd: 9101 }))
    expect(await proxy.publish('a', range, container)).toEqual(both(9100))
    expect(await proxy.publish('b', range, container)).toEqual(both(9101))
    await expect(proxy.publish('c', range, container)).rejects.toThrow('all ports are allocated')
  })

  it('keeps what the container holds already', async () => {
    await proxy.publish(id, both(8080), container)
    expect(await proxy.publish(id, [...both(8080), ...both(8081)], container)).toEqual([...both(8080), ...both(8081)])
    await proxy.release(id)
    expect(await listening(ns)).toEqual([])
  })

  it('holds an SCTP port, or says what the kernel lacks', async () => {
    const [result] = await Promise.allSettled([proxy.publish(id, both(7000, 'sctp'), container)])
    // socket(2) loads the module where there is one.
    if (!(await readFile('/proc/net/protocols', 'utf8')).includes('SCTP')) {
      expect(String((result as PromiseRejectedResult).reason)).toContain(
        'port 7000/sctp cannot be published: this kernel has no SCTP (CONFIG_IP_SCTP; load the module sctp)',
      )
      return
    }
    expect(result.status).toBe('fulfilled')
    await expect(proxy.publish('other', [port('127.0.0.1', 7000, 'sctp')], container)).rejects.toThrow(
      'Bind for 127.0.0.1:7000 failed: port is already allocated',
    )
  })
})

describe('a port that is not to be had, in dockerd’s words and nothing left bound', () => {
  const prefix = 'driver failed programming external connectivity on endpoint web (e1): '

  it('held by us', async () => {
    await proxy.publish('other', both(8080), container)
    await expect(proxy.publish(id, [...both(8079), ...both(8080)], container)).rejects.toThrow(
      `${prefix}Bind for 0.0.0.0:8080 failed: port is already allocated`,
    )
    await expect(proxy.publish(id, [port('127.0.0.1', 8080)], container)).rejects.toThrow(
      `${prefix}Error starting userland proxy: listen tcp4 127.0.0.1:8080: bind: address already in use`,
    )
    await expect(proxy.publish(id, [...both(9096), ...both(9096, 'tcp', 81)], container)).rejects.toThrow(
      `${prefix}Bind for 0.0.0.0:9096 failed: port is already allocated`,
    )
    expect(await listening(ns)).toEqual(['tcp 0.0.0.0:8080', 'tcp [::]:8080'])
  })

  it('held by somebody else, or on an address that is not ours', async () => {
    await start(
      'require("net").createServer().listen(9090, "0.0.0.0", () => require("dgram").createSocket("udp6").bind(9091, "::1", () => console.log("up")))',
    )
    await expect(proxy.publish(id, both(9090), container)).rejects.toThrow(
      `${prefix}Error starting userland proxy: listen tcp4 0.0.0.0:9090: bind: address already in use`,
    )
    await expect(proxy.publish(id, both(9091, 'udp'), container)).rejects.toThrow(
      `${prefix}Error starting userland proxy: listen udp6 [::]:9091: bind: address already in use`,
    )
    await expect(proxy.publish(id, [port('10.9.9.9', 9095)], container)).rejects.toThrow(
      `${prefix}Error starting userland proxy: listen tcp4 10.9.9.9:9095: bind: cannot assign requested address`,
    )
    expect(await listening(ns)).toEqual(['tcp 0.0.0.0:9090', 'udp [::1]:9091'])
  })
})

describe('forwarding', () => {
  it('takes a TCP connection from [::1] to a container with IPv4 only, half-close and all', async () => {
    await start(`require("net").createServer({ allowHalfOpen: true }, (socket) => {
      let size = 0
      socket.on("data", (chunk) => { size += chunk.length })
      socket.on("end", () => socket.end("got " + size))
    }).listen(80, "127.9.9.9", () => console.log("up"))`)
    await proxy.publish(id, both(8080), container)
    const answer =
      await evaluate(`const socket = require("net").connect({ host: "::1", port: 8080, allowHalfOpen: true })
      socket.end(Buffer.alloc(20_000_000)); socket.on("data", (chunk) => process.stdout.write(chunk))`)
    expect(answer).toBe('got 20000000')
  })

  it('does not read faster than the container does', async () => {
    await start(
      'require("net").createServer({ pauseOnConnect: true }, () => {}).listen(80, "127.9.9.9", () => console.log("up"))',
    )
    await proxy.publish(id, both(8080), container)
    const sent = await evaluate(`const socket = require("net").connect(8080, "::1")
      const chunk = Buffer.alloc(1_000_000); let sent = 0, quiet
      const stop = () => { console.log(sent); process.exit() }
      const push = () => { do { sent += chunk.length; clearTimeout(quiet); quiet = setTimeout(stop, 500) } while (socket.write(chunk)); socket.once("drain", push) }
      push()`)
    expect(Number(sent)).toBeLessThan(40_000_000)
  })

  it('resets the client when nobody listens in the container', async () => {
    await proxy.publish(id, both(8080), container)
    expect(await evaluate('require("net").connect(8080, "::1").on("error", (error) => console.log(error.code))')).toBe(
      'ECONNRESET\n',
    )
  })

  it('takes datagrams of several clients there and back', async () => {
    await start(`const socket = require("dgram").createSocket("udp4")
      socket.on("message", (message, from) => socket.send(message + " from " + from.port, from.port, from.address))
      socket.bind(53, "127.9.9.9", () => console.log("up"))`)
    await proxy.publish(id, both(5353, 'udp', 53), container)
    const answers = await evaluate(`const answers = []
      for (const name of ["one", "two"]) {
        const socket = require("dgram").createSocket("udp6")
        socket.on("message", (message) => {
          answers.push(String(message))
          if (answers.length === 4) { console.log(JSON.stringify(answers.sort())); process.exit() }
        })
        socket.send(name, 5353, "::1"); socket.send(name, 5353, "::1")
      }`)
    const lines = JSON.parse(answers) as string[]
    expect(lines.map((line) => line.replace(/ from \d+/, ''))).toEqual(['one', 'one', 'two', 'two'])
    // A session per client, kept from one datagram to the next.
    expect(new Set(lines).size).toBe(2)
  })

  it('drops a datagram that there is no way to the container for, and finds the way once there is one', async () => {
    const client = `const socket = require("dgram").createSocket("udp6")
      const send = () => socket.send("hello", 5353, "::1")
      socket.bind(6000, () => process.argv[1] === "once" ? socket.send("hello", 5353, "::1", () => process.exit()) : setInterval(send, 20))
      socket.on("message", (message) => { console.log(String(message)); process.exit() })`
    await proxy.publish(id, both(5353, 'udp', 53), { ipv4: '192.0.2.7' })
    const pid = await fixture.pid()
    await ns.run([process.execPath, '-e', client, 'once'])
    await ns.run(['ip', 'address', 'add', '192.0.2.7/32', 'dev', 'lo'])
    await start(`const socket = require("dgram").createSocket("udp4")
      socket.on("message", (message, from) => socket.send(message, from.port, from.address))
      socket.bind(53, "192.0.2.7", () => console.log("up"))`)
    expect(await evaluate(client)).toBe('hello\n')
    expect(await fixture.pid()).toBe(pid)
  })
})

const holding = (ports: PublishedPort[]): { ports: PublishedPort[]; target: { ipv4: string } } => ({
  ports,
  target: { ipv4: container.ipv4 },
})

describe('the process', () => {
  it('is one, is only root’s to speak to, and is found again by the next netd, which takes what it does not know away', async () => {
    await Promise.all([proxy.publish('a', both(8080), container), proxy.publish('b', both(8081), container)])
    const pid = await fixture.pid()
    expect((await stat(`${fixture.execRoot}/dataplane.sock`)).mode & 0o777).toBe(0o600)
    await fixture.succeed().restore([
      { containerId: 'a', endpoints: {}, holding: holding(both(8080)) },
      { containerId: 'c', endpoints: {}, holding: holding(both(8082)) },
    ])
    expect(await fixture.pid()).toBe(pid)
    expect(await listening(ns)).toEqual(['tcp 0.0.0.0:8080', 'tcp 0.0.0.0:8082', 'tcp [::]:8080', 'tcp [::]:8082'])
  })

  it('has a successor when it is killed, and keeps the number of a port that somebody else took meanwhile', async () => {
    await proxy.publish('a', [...both(8080), ...both(8081)], container)
    fixture.dataPlane.close()
    process.kill(await fixture.pid(), 'SIGKILL')
    await eventually(async () => expect(await listening(ns)).toEqual([]))
    await start('require("net").createServer().listen(8081, "0.0.0.0", () => console.log("up"))')
    ;({ proxy } = fixture.succeed())
    await fixture.dataPlane.restore([
      { containerId: 'a', endpoints: {}, holding: holding([...both(8080), ...both(8081)]) },
    ])
    expect(await proxy.publish('a', both(8081), container)).toEqual(both(8081))
    await expect(proxy.publish('b', both(8081), container)).rejects.toThrow(
      'Bind for 0.0.0.0:8081 failed: port is already allocated',
    )
    programs.pop()!.kill()
    await eventually(async () =>
      expect(await listening(ns)).toEqual(['tcp 0.0.0.0:8080', 'tcp 0.0.0.0:8081', 'tcp [::]:8080', 'tcp [::]:8081']),
    )
  })

  it('of another build is replaced: it lets go at once, serves its last connection, and ends', async () => {
    await fixture.dataPlane.shutdown()
    fixture.succeed(anotherBuild)
    await start(
      'require("net").createServer((socket) => socket.pipe(socket)).listen(80, "127.9.9.9", () => console.log("up"))',
    )
    await fixture.dataPlane.proxy.publish('a', both(8080), container)
    const former = await fixture.pid()
    const client = await start(`const socket = require("net").connect(8080, "::1")
      socket.on("data", (chunk) => console.log(String(chunk)))
      setInterval(() => socket.write("still"), 20)`)

    const state = [{ containerId: 'a', endpoints: {}, holding: holding(both(8080)) }]
    await fixture.succeed().restore(state)
    expect(await fixture.pid()).not.toBe(former)
    // Nor is it taken for the one that serves, when that one has lost its files.
    fixture.dataPlane.close()
    for (const name of await readdir(fixture.execRoot)) await rm(`${fixture.execRoot}/${name}`)
    await fixture.succeed().restore(state)
    expect(
      await evaluate(
        'require("net").connect(8080, "::1").on("data", (chunk) => { console.log(String(chunk)); process.exit() }).write("new")',
      ),
    ).toBe('new\n')
    expect(String(((await once(client.stdout!, 'data')) as [Buffer])[0])).toContain('still')
    expect(existsSync(`/proc/${former}`)).toBe(true)
    programs.pop()!.kill()
    await eventually(() => expect(existsSync(`/proc/${former}`)).toBe(false))
  })

  it('is found by the next netd though somebody emptied the folder', async () => {
    await proxy.publish('a', both(8080), container)
    const pid = await fixture.pid()
    for (const name of await readdir(fixture.execRoot)) await rm(`${fixture.execRoot}/${name}`)
    expect(await fixture.dataPlane.mend()).toEqual(
      ['sock', 'pid'].map((suffix) => `${fixture.execRoot}/dataplane.${suffix}`),
    )
    expect(await fixture.dataPlane.mend()).toEqual([])
    await fixture.succeed().restore([{ containerId: 'a', endpoints: {}, holding: holding(both(8080)) }])
    expect(await fixture.pid()).toBe(pid)
    expect(await listening(ns)).toEqual(['tcp 0.0.0.0:8080', 'tcp [::]:8080'])
  })

  it('is found by the next netd though its files went while no netd ran, and nobody else’s is taken for it', async () => {
    await using other = await openDataPlaneFixture()
    await other.dataPlane.proxy.publish('b', both(8081), container)
    await proxy.publish('a', both(8080), container)
    const [former, others] = await Promise.all([fixture.pid(), other.pid()])
    fixture.dataPlane.close()
    for (const name of await readdir(fixture.execRoot)) await rm(`${fixture.execRoot}/${name}`)
    // What a number that was used again looks like.
    await writeFile(`${fixture.execRoot}/dataplane.pid`, String(others))
    await fixture.succeed().restore([{ containerId: 'a', endpoints: {}, holding: holding(both(8080)) }])
    await eventually(() => expect(existsSync(`/proc/${former}`)).toBe(false))
    expect(existsSync(`/proc/${others}`)).toBe(true)
    expect(fixture.messages.filter((message) => message.includes('8080'))).toEqual([])
    expect(await listening(ns)).toEqual(['tcp 0.0.0.0:8080', 'tcp [::]:8080'])
  })

  it('that was retired is no successor of itself', async () => {
    await proxy.publish('a', both(8080), container)
    const former = await fixture.pid()
    await start(
      'require("net").createServer((socket) => socket.pipe(socket)).listen(80, "127.9.9.9", () => console.log("up"))',
    )
    await start('require("net").connect(8080, "::1", () => console.log("up"))')
    const log = { debug: () => {}, warn: () => {}, error: () => {} }
    fixture.dataPlane.close()
    const connection = (await Connection.open(`${fixture.execRoot}/dataplane.sock`, log))!
    await connection.request({ do: 'retire' })
    expect(await connection.request({ do: 'hello' })).toEqual({})
    await connection.request({ do: 'retire' })
    connection.close()
    await fixture.succeed().restore([])
    expect(await fixture.pid()).not.toBe(former)
  })

  it('that never says it is ready is ended, and the failure says so', async () => {
    const execRoot = await mkdtemp(`${tmpdir()}/trestle-dataplane-`)
    const log = { debug: () => {}, warn: () => {}, error: () => {} }
    const command = [process.execPath, '-e', 'setInterval(() => {}, 1_000)']
    const dataPlane = openDataPlane({ execRoot, kernel: fixture.kernel, log, command, readyMs: 500 })
    await expect(dataPlane.restore([])).rejects.toThrow('did not start within 0.5 s')
    dataPlane.close()
    await eventually(async () => {
      const { stdout } = await ns.run(['pgrep', '-f', execRoot], { allowFailure: true })
      expect(stdout).toBe('')
    })
    await rm(execRoot, { recursive: true })
  })

  it('carries 200 UDP ports on both families in far less than 100 MB', async () => {
    const ports = Array.from({ length: 200 }, (_, at) => both(20_000 + at, 'udp', 20_000 + at)).flat()
    const started = performance.now()
    await proxy.publish('many', ports, container)
    const elapsedMs = performance.now() - started
    const pid = await fixture.pid()
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    const rssMb = Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024
    const anonymousMb = Number(/RssAnon:\s+(\d+)/.exec(status)![1]) / 1024
    console.log(
      `400 sockets: ${rssMb.toFixed(0)} MB resident, of which ${anonymousMb.toFixed(0)} MB its own; published in ${elapsedMs.toFixed(0)} ms`,
    )
    expect(rssMb).toBeLessThan(100)
  })
})

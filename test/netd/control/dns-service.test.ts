import { decode, encode, type DecodedPacket, type RecordType } from 'dns-packet'
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DnsService } from '../../../netd/control/dns-service.ts'
import { FrameReader } from '../../../netd/dataplane/dns/frame-reader.ts'
import { frame } from '../../../netd/dataplane/dns/message.ts'
import { KernelError, type Kernel, type KernelStep } from '../../../netd/kernel/kernel.ts'
import { eventually } from '../../support/eventually.ts'
import { listenIn } from '../../support/listen-in.ts'
import { freshNamespace, type FreshNamespace } from '../../support/namespace.ts'
import { openDataPlaneFixture, type DataPlaneFixture } from './data-plane-in.ts'

const internal = { upstreams: [] }

let ns: FreshNamespace
let fixture: DataPlaneFixture
let dns: DnsService

beforeAll(async () => {
  fixture = await openDataPlaneFixture()
})

beforeEach(async () => {
  ns = await freshNamespace()
  ;({ dns } = fixture.dataPlane)
  await dns.join('net', 'me', { names: ['me'], ipv4: '10.1.0.2' })
  await dns.join('net', 'web', { names: ['web', 'www'], ipv4: '10.1.0.3', ipv6: 'fd00::3' })
})

afterEach(async () => {
  await fixture.succeed().restore([])
  await ns[Symbol.asyncDispose]()
})

afterAll(() => fixture[Symbol.asyncDispose]())

function query(name: string, type: RecordType = 'A'): Buffer {
  return encode({ type: 'query', id: 7, flags: 0x0100, questions: [{ name, type }] })
}

/** One datagram from inside the container to 127.0.0.11:53; fails when the reply has another source. */
async function askDatagram(name: string): Promise<DecodedPacket> {
  const { fd } = listenIn(ns.path, 'udp', '127.0.0.1', 0)
  const socket = createSocket('udp4')
  const isBound = once(socket, 'listening')
  socket.bind({ fd })
  await isBound
  socket.connect(53, '127.0.0.11')
  await once(socket, 'connect')
  socket.send(query(name))
  const [reply] = (await once(socket, 'message', { signal: AbortSignal.timeout(5_000) })) as [Buffer]
  socket.close()
  return decode(reply)
}

/** Sends everything at once on one connection from inside, and gives back every frame that came. */
async function askStream(messages: Buffer[]): Promise<DecodedPacket[]> {
  const script = `const socket = require('net').connect(53, '127.0.0.11')
    socket.end(Buffer.from(process.argv[1], 'hex')); socket.pipe(process.stdout)`
  const { stdout } = await ns.run([
    process.execPath,
    '-e',
    script.replace('pipe(process.stdout)', "on('data', (chunk) => process.stdout.write(chunk.toString('hex')))"),
    Buffer.concat(messages.map(frame)).toString('hex'),
  ])
  const replies: DecodedPacket[] = []
  new FrameReader((message) => replies.push(decode(message))).push(Buffer.from(stdout, 'hex'))
  return replies
}

const nslookup = (...args: string[]): Promise<{ stdout: string; exitCode: number }> =>
  ns.run(['busybox', 'nslookup', ...args, '127.0.0.11'], { allowFailure: true })

describe('the resolver inside a container', () => {
  it('answers nslookup at 127.0.0.11', async () => {
    await dns.open('me', ns.path, internal)
    const { stdout } = await nslookup('www')
    expect(stdout).toContain('Address: 10.1.0.3')
    expect(stdout).toContain('Address: fd00::3')
    expect((await nslookup('-type=ptr', '3.0.1.10.in-addr.arpa')).stdout).toContain('name = web')
    expect((await nslookup('nobody')).stdout).toContain('SERVFAIL')
  })

  it('answers datagrams from the address that was asked', async () => {
    await dns.open('me', ns.path, internal)
    expect(await askDatagram('web')).toMatchObject({ id: 7, answers: [{ data: '10.1.0.3' }] })
  })

  it('answers several queries on one TCP connection', async () => {
    await dns.open('me', ns.path, internal)
    const replies = await askStream([query('web'), query('me'), query('web', 'AAAA')])
    expect(replies.map(({ answers }) => (answers![0] as { data: string }).data).toSorted()).toEqual([
      '10.1.0.2',
      '10.1.0.3',
      'fd00::3',
    ])
  })

  it('leaves 0.0.0.0:53 to the container’s own name server', async () => {
    await dns.open('me', ns.path, internal)
    const script = `const socket = require('dgram').createSocket('udp4')
      socket.on('message', (message, from) => socket.send('mine', from.port, from.address))
      socket.bind(53, '0.0.0.0', () => require('net').createServer((client) => client.end('mine')).listen(53, '0.0.0.0', () => console.log('up')))`
    const own = spawn('nsenter', [`--net=${ns.path}`, '--', process.execPath, '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(own.stdout, 'data')
    expect((await ns.run(['busybox', 'nc', '127.0.0.1', '53'])).stdout).toBe('mine')
    expect(await askDatagram('web')).toMatchObject({ answers: [{ data: '10.1.0.3' }] })
    expect(await askStream([query('web')])).toMatchObject([{ answers: [{ data: '10.1.0.3' }] }])
    const ended = once(own, 'exit')
    own.kill()
    await ended
  })

  it('goes on while netd is away, and the next one finds it as it was', async () => {
    await dns.open('me', ns.path, internal)
    const sockets = (await ns.run(['ss', '-Hlntu'])).stdout
    fixture.dataPlane.close()
    expect(await askDatagram('web')).toMatchObject({ answers: [{ data: '10.1.0.3' }] })
    // The one thing that a program of the container may take away.
    await ns.run(['nft', 'flush', 'ruleset'])
    const endpoint = { names: ['web'], ipv4: '10.1.0.4' }
    await fixture.succeed().restore([
      { containerId: 'me', endpoints: { net: { names: ['me'] } }, resolver: { namespace: ns.path, options: internal } },
      { containerId: 'web', endpoints: { net: endpoint } },
    ])
    expect((await ns.run(['ss', '-Hlntu'])).stdout).toBe(sockets)
    expect(await askDatagram('web')).toMatchObject({ answers: [{ data: '10.1.0.4' }] })
    expect(await askDatagram('www')).toMatchObject({ rcode: 'SERVFAIL' })
    await fixture.succeed().restore([])
    expect((await ns.run(['ss', '-Hlntu'])).stdout).toBe('')
  })

  it('is there again after a kill -9, with all its names', async () => {
    await dns.open('me', ns.path, internal)
    process.kill(await fixture.pid(), 'SIGKILL')
    // Whatever is asked next waits for the process that takes over.
    await dns.join('net', 'late', { names: ['late'], ipv4: '10.1.0.5' })
    expect(await askDatagram('web')).toMatchObject({ answers: [{ data: '10.1.0.3' }] })
    expect(await askDatagram('late')).toMatchObject({ answers: [{ data: '10.1.0.5' }] })
    const { nftables } = await ns.json<{ nftables: { rule?: object }[] }>(['nft', '-j', 'list', 'ruleset'])
    expect(nftables.filter(({ rule }) => rule !== undefined)).toHaveLength(2)
  })

  it('is there again after an end in the middle of its restoration', async () => {
    await dns.open('me', ns.path, internal)
    process.kill(await fixture.pid(), 'SIGKILL')
    let isFirst = true
    const kernel = {
      hasTable: (...where: Parameters<Kernel['hasTable']>) => fixture.kernel.hasTable(...where),
      async apply(steps: KernelStep[]) {
        if (!isFirst) return fixture.kernel.apply(steps)
        isFirst = false
        const pid = await fixture.pid()
        process.kill(pid, 'SIGKILL')
        await eventually(() => expect(existsSync(`/proc/${pid}`)).toBe(false))
        throw new KernelError({ operation: 'nft.transaction', errno: 'EBUSY', description: 'for now' })
      },
    }
    const successor = fixture.succeed([], kernel as Kernel)
    const state = { containerId: 'me', endpoints: { net: { names: ['me'], ipv4: '10.1.0.2' } } }
    await successor.restore([{ ...state, resolver: { namespace: ns.path, options: internal } }]).catch(() => {})
    await successor.dns.join('net', 'web', { names: ['web'], ipv4: '10.1.0.3' })
    expect(await askDatagram('web')).toMatchObject({ answers: [{ data: '10.1.0.3' }] })
  })

  it('sees a name the moment it is joined, and not after it left', async () => {
    await dns.open('me', ns.path, internal)
    await dns.join('net', 'new', { names: ['new'], ipv4: '10.1.0.9' })
    expect(await askDatagram('new')).toMatchObject({ answers: [{ data: '10.1.0.9' }] })
    await dns.leave('net', 'new')
    expect(await askDatagram('new')).toMatchObject({ rcode: 'SERVFAIL' })
  })

  it('closes its sockets', async () => {
    await dns.open('me', ns.path, internal)
    await dns.close('me')
    expect((await ns.run(['ss', '-Hlntu'])).stdout).toBe('')
  })
})

describe('names it does not know', () => {
  it('are asked of the upstream from the host’s own network, though the container has none', async () => {
    const script = `const socket = require('dgram').createSocket('udp4')
      socket.on('message', (message, from) => {
        const reply = Buffer.concat([message, Buffer.from('c00c000100010000003c0004c0000207', 'hex')])
        reply.writeUInt16BE(0x8180, 2)
        reply.writeUInt16BE(1, 6)
        socket.send(reply, from.port, from.address)
      })
      socket.bind(53, '127.0.0.1', () => console.log('up'))`
    const upstream = spawn('nsenter', [`--net=${fixture.host.path}`, '--', process.execPath, '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(upstream.stdout, 'data')
    await dns.open('me', ns.path, { upstreams: [{ address: '127.0.0.1' }] })
    expect(await askDatagram('example.test')).toMatchObject({ answers: [{ data: '192.0.2.7', ttl: 60 }] })
    expect(await askDatagram('me')).toMatchObject({ answers: [{ data: '10.1.0.2' }] })
    const ended = once(upstream, 'exit')
    upstream.kill()
    await ended
  })
})

import { decode, encode, type DecodedPacket, type RecordType } from 'dns-packet'
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Forwarder } from '../../../netd/dns/forwarder.ts'
import { FrameReader } from '../../../netd/dns/frame-reader.ts'
import { frame } from '../../../netd/dns/message.ts'
import { openDns } from '../../../netd/dns/server.ts'
import type { DnsService } from '../../../netd/dns/service.ts'
import { openKernel } from '../../../netd/kernel/client.ts'
import type { Kernel } from '../../../netd/kernel/kernel.ts'
import { freshNamespace, type FreshNamespace } from '../../support/namespace.ts'

const internal = { upstreams: [], isForwarding: false }

let ns: FreshNamespace
let kernel: Kernel
let dns: DnsService

beforeEach(async () => {
  ns = await freshNamespace()
  kernel = await openKernel()
  dns = openDns({ kernel, log: { debug: () => {} } })
  dns.join('net', 'me', { names: ['me'], ipv4: '10.1.0.2' })
  dns.join('net', 'web', { names: ['web', 'www'], ipv4: '10.1.0.3', ipv6: 'fd00::3' })
})

afterEach(async () => {
  await dns.shutdown()
  await kernel.close()
  await ns[Symbol.asyncDispose]()
})

function query(name: string, type: RecordType = 'A'): Buffer {
  return encode({ type: 'query', id: 7, flags: 0x0100, questions: [{ name, type }] })
}

/** One datagram from inside the container to 127.0.0.11:53; fails when the reply has another source. */
async function askDatagram(name: string): Promise<DecodedPacket> {
  const { fd } = await kernel.listen(ns.path, 'udp', '127.0.0.1', 0)
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

  it('is replaced when it is opened again, as a restarted daemon does', async () => {
    await dns.open('me', ns.path, internal)
    const former = openDns({ kernel, log: { debug: () => {} } })
    await former.open('me', ns.path, internal)
    await dns.open('me', ns.path, internal)
    await former.shutdown()
    expect(await askDatagram('web')).toMatchObject({ answers: [{ data: '10.1.0.3' }] })
    const { nftables } = await ns.json<{ nftables: { rule?: object }[] }>(['nft', '-j', 'list', 'ruleset'])
    expect(nftables.filter(({ rule }) => rule !== undefined)).toHaveLength(2)
    expect((await ns.run(['ss', '-Hlntu'])).stdout.trim().split('\n')).toHaveLength(2)
  })

  it('sees a name the moment it is joined, and not after it left', async () => {
    await dns.open('me', ns.path, internal)
    dns.join('net', 'new', { names: ['new'], ipv4: '10.1.0.9' })
    expect(await askDatagram('new')).toMatchObject({ answers: [{ data: '10.1.0.9' }] })
    dns.leave('net', 'new')
    expect(await askDatagram('new')).toMatchObject({ rcode: 'SERVFAIL' })
  })

  it('closes its sockets', async () => {
    await dns.open('me', ns.path, internal)
    await dns.close('me')
    expect((await ns.run(['ss', '-Hlntu'])).stdout).toBe('')
  })
})

describe('names it does not know', () => {
  it('are asked of the upstream from the daemon’s own network, though the container has none', async () => {
    const upstream = createSocket('udp4')
    upstream.on('message', (message, { port, address }) => {
      const { id, questions } = decode(message)
      upstream.send(
        encode({
          type: 'response',
          id: id!,
          flags: 0x0180,
          questions: questions!,
          answers: [{ type: 'A', name: questions![0]!.name, data: '192.0.2.7', ttl: 60 }],
        }),
        port,
        address,
      )
    })
    upstream.bind(0, '127.0.0.1')
    await once(upstream, 'listening')
    const forwarding = openDns({
      kernel,
      log: { debug: () => {} },
      forwarder: new Forwarder({ port: upstream.address().port }),
    })
    forwarding.join('net', 'me', { names: ['me'], ipv4: '10.1.0.2' })
    await forwarding.open('me', ns.path, { upstreams: ['127.0.0.1'], isForwarding: true })
    expect(await askDatagram('example.test')).toMatchObject({ answers: [{ data: '192.0.2.7', ttl: 60 }] })
    expect(await askDatagram('me')).toMatchObject({ answers: [{ data: '10.1.0.2' }] })
    await forwarding.shutdown()
    upstream.close()
  })
})

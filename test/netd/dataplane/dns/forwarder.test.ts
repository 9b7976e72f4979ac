import { decode, encode } from 'dns-packet'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Forwarder } from '../../../../netd/dataplane/dns/forwarder.ts'
import { frame } from '../../../../netd/dataplane/dns/message.ts'
import type { Upstream } from '../../../../netd/dataplane/protocol.ts'
import { freshNamespace } from '../../../support/namespace.ts'

const query = encode({ type: 'query', id: 0x4242, flags: 0x0100, questions: [{ name: 'example.test', type: 'A' }] })

function reply(asked: Buffer, address: string, flags = 0x8180): Buffer {
  return encode({
    type: 'response',
    id: asked.readUInt16BE(0),
    flags,
    questions: [{ name: 'example.test', type: 'A' }],
    answers: [{ type: 'A', name: 'example.test', data: address, ttl: 60 }],
  })
}

type Handler = (asked: Buffer, send: (answer: Buffer) => void, sender: RemoteInfo) => void

interface Upstreams extends AsyncDisposable {
  addresses: Upstream[]
  port: number
  forwarder: Forwarder
  asked: number[]
}

/** Servers on 127.0.0.1, .2, … that share one port, as servers on port 53 do. */
async function upstreams(...handlers: Handler[]): Promise<Upstreams> {
  const sockets: Socket[] = []
  const asked = handlers.map(() => 0)
  let port = 0
  for (const [at, handler] of handlers.entries()) {
    const socket = createSocket('udp4')
    socket.on('message', (message, sender) => {
      asked[at]!++
      handler(message, (answer) => socket.send(answer, sender.port, sender.address), sender)
    })
    socket.bind(port, `127.0.0.${at + 1}`)
    await once(socket, 'listening')
    port = socket.address().port
    sockets.push(socket)
  }
  const forwarder = new Forwarder({ openSocket: () => expect.unreachable(), port })
  return {
    addresses: handlers.map((_, at) => ({ address: `127.0.0.${at + 1}` })),
    port,
    forwarder,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.close()
    },
  }
}

const answers =
  (address: string): Handler =>
  (asked, send) =>
    send(reply(asked, address))
const silent: Handler = () => {}

describe('a forwarded query', () => {
  it('goes out under an id of its own and comes back under the client’s', async () => {
    const ids = new Set<number>()
    await using servers = await upstreams((asked, send) => {
      ids.add(asked.readUInt16BE(0))
      send(reply(asked, '192.0.2.1'))
    })
    for (let round = 0; round < 8; round++) {
      const answer = await servers.forwarder.forward(query, servers.addresses, false)
      expect(decode(answer!)).toMatchObject({ id: 0x4242, answers: [{ data: '192.0.2.1' }] })
    }
    expect(ids.size).toBeGreaterThan(4)
  })

  it('is asked of the next server when the first is silent, which then is asked last', async () => {
    await using servers = await upstreams(silent, answers('192.0.2.2'))
    expect(decode((await servers.forwarder.forward(query, servers.addresses, false))!).answers).toMatchObject([
      { data: '192.0.2.2' },
    ])
    expect(servers.asked).toEqual([1, 1])
    await servers.forwarder.forward(query, servers.addresses, false)
    expect(servers.asked).toEqual([1, 2])
  })

  it('is asked of the next server at once when the first refuses or fails', async () => {
    await using servers = await upstreams(
      (asked, send) => send(reply(asked, '192.0.2.1', 0x8182)),
      answers('192.0.2.2'),
    )
    // 127.0.0.9 has nothing on the port: the kernel says so with ICMP.
    const answer = await servers.forwarder.forward(query, [{ address: '127.0.0.9' }, ...servers.addresses], false)
    expect(decode(answer!).answers).toMatchObject([{ data: '192.0.2.2' }])
  })

  it('has no reply when nobody listens, and the servers’ own refusal when all refuse', async () => {
    await using servers = await upstreams((asked, send) => send(reply(asked, '192.0.2.1', 0x8185)))
    expect(await servers.forwarder.forward(query, [{ address: '127.0.0.9' }], false)).toBeUndefined()
    expect(decode((await servers.forwarder.forward(query, servers.addresses, false))!)).toMatchObject({
      rcode: 'REFUSED',
    })
  })

  it('believes neither another id, nor another question, nor another sender', async () => {
    const liar = createSocket('udp4')
    await using servers = await upstreams((asked, send, sender) => {
      const otherId = Buffer.from(reply(asked, '203.0.113.1'))
      otherId.writeUInt16BE((asked.readUInt16BE(0) + 1) & 0xffff, 0)
      send(otherId)
      send(Buffer.from(reply(asked, '203.0.113.2').toString('latin1').replace('test', 'evil'), 'latin1'))
      liar.send(reply(asked, '203.0.113.3'), sender.port, sender.address, () => send(reply(asked, '192.0.2.1')))
    })
    expect(decode((await servers.forwarder.forward(query, servers.addresses, false))!).answers).toMatchObject([
      { data: '192.0.2.1' },
    ])
    liar.close()
  })

  it('is asked again over TCP when the datagram was too small and the client is on TCP', async () => {
    await using servers = await upstreams((asked, send) => send(reply(asked, '192.0.2.1', 0x8380)))
    const stream = createServer((socket) =>
      socket.on('data', (chunk) => socket.write(frame(reply(chunk.subarray(2), '192.0.2.7')))),
    )
    stream.listen(servers.port, '127.0.0.1')
    await once(stream, 'listening')
    expect(decode((await servers.forwarder.forward(query, servers.addresses, false))!)).toMatchObject({ flag_tc: true })
    const whole = decode((await servers.forwarder.forward(query, servers.addresses, true))!)
    expect(whole).toMatchObject({ id: 0x4242, flag_tc: false, answers: [{ data: '192.0.2.7' }] })
    stream.close()
  })

  it('has no reply where there is no route to the server, and costs nothing but that', async () => {
    await using ns = await freshNamespace()
    const forwarder = new URL('../../../../netd/dataplane/dns/forwarder.ts', import.meta.url)
    const script = `
      const { Forwarder } = await import(${JSON.stringify(forwarder.href)})
      const query = Buffer.from('${query.toString('hex')}', 'hex')
      console.log(await new Forwarder({}).forward(query, [{ address: '192.0.2.1' }, { address: '2001:db8::1' }], false))`
    const { stdout } = await ns.run([process.execPath, '--input-type=module', '-e', script])
    expect(stdout).toBe('undefined\n')
  })

  it('is not sent at all beyond the limit', async () => {
    await using servers = await upstreams(answers('192.0.2.1'))
    const forwarder = new Forwarder({ openSocket: () => expect.unreachable(), limit: 0 })
    expect(await forwarder.forward(query, servers.addresses, false)).toBeUndefined()
    expect(servers.asked).toEqual([0])
  })
})

/** Where the resolver asks what it does not know: a server that was given from the container, the host's from the host. */
import { encode } from 'dns-packet'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { frame } from '../../../../netd/dataplane/dns/message.ts'
import { listenIn } from '../../../support/listen-in.ts'
import { freshNamespace } from '../../../support/namespace.ts'
import { run } from '../../../support/run.ts'
import { createNetwork, openLaboratory, type Laboratory } from '../engine-in.ts'

let lab: Laboratory

beforeAll(async () => {
  lab = await openLaboratory()
})
afterAll(() => lab[Symbol.asyncDispose]())

/** A name server in a namespace that has one address for every name; larger answers than a datagram's come by TCP. */
async function serve(namespace: string, address: string, answer: string): Promise<AsyncDisposable> {
  const reply = (asked: Buffer, flags: number): Buffer => {
    const name = 'example.test'
    return encode({
      type: 'response',
      id: asked.readUInt16BE(0),
      flags,
      questions: [{ name, type: 'A' }],
      answers: (flags & 0x0200) === 0 ? [{ type: 'A', name, data: answer }] : [],
    })
  }
  const datagrams = createSocket('udp4')
  datagrams.on('message', (asked, { port, address: from }) => datagrams.send(reply(asked, 0x8380), port, from))
  datagrams.bind({ fd: listenIn(namespace, 'udp', address, 53).fd })
  const server = createServer((client) =>
    client.on('data', (asked) => client.end(frame(reply(asked.subarray(2), 0x8180)))),
  )
  server.listen({ fd: listenIn(namespace, 'tcp', address, 53).fd })
  await once(server, 'listening')
  return {
    async [Symbol.asyncDispose]() {
      datagrams.close()
      server.close()
      await once(server, 'close')
    },
  }
}

/** What the stub resolver of a program in the container gets: addresses, or the refusal. */
async function ask(container: { id: string }): Promise<string> {
  const query = encode({ type: 'query', id: 1, flags: 0x0100, questions: [{ name: 'example.test', type: 'A' }] })
  const script = `const socket = require('net').connect(53, '127.0.0.11')
    socket.end(Buffer.from('${frame(query).toString('hex')}', 'hex'))
    socket.on('data', (reply) => console.log((reply[5] & 15) === 0 ? [...reply.subarray(-4)].join('.') : 'refused ' + (reply[5] & 15)))`
  const { stdout } = await run(['nsenter', `--net=${lab.sandbox(container)}`, '--', process.execPath, '-e', script])
  return stdout.trim()
}

test('--dns 127.0.0.1 is the container’s own loopback, over UDP and TCP, and not the host’s', async () => {
  const { Id } = await createNetwork(lab.engine, { Name: 'own' })
  const pihole = await lab.start(lab.container('pihole', { [Id]: {} }, { Dns: ['127.0.0.1'] }))
  await using _host = await serve(lab.host.path, '127.0.0.1', '192.0.2.1')
  await using _own = await serve(lab.sandbox(pihole), '127.0.0.1', '192.0.2.2')
  expect(await ask(pihole)).toBe('192.0.2.2')
  await lab.stop(pihole)
})

test('an internal network forwards to nobody but a server that was named, and that it reaches', async () => {
  const inside = { Name: 'inside', Internal: true, IPAM: { Config: [{ Subnet: '10.71.0.0/24' }] } }
  const { Id } = await createNetwork(lab.engine, inside)
  const server = await lab.start(lab.container('server', { [Id]: { IPAMConfig: { IPv4Address: '10.71.0.53' } } }))
  const told = await lab.start(lab.container('told', { [Id]: {} }, { Dns: ['10.71.0.53'] }))
  const outside = await lab.start(lab.container('outside', { [Id]: {} }, { Dns: ['192.0.2.53'] }))
  await lab.host.run(['ip', 'address', 'add', '192.0.2.53/32', 'dev', 'lo'])
  await using _host = await serve(lab.host.path, '192.0.2.53', '192.0.2.1')
  await using _inside = await serve(lab.sandbox(server), '10.71.0.53', '192.0.2.3')
  expect(await ask(told)).toBe('192.0.2.3')
  expect(await ask(server)).toBe('refused 2')
  expect(await ask(outside)).toBe('refused 2')
  await lab.host.run(['ip', 'address', 'delete', '192.0.2.53/32', 'dev', 'lo'])
  for (const container of [server, told, outside]) await lab.stop(container)
})

test('a container whose way out is a tunnel asks through the tunnel', async () => {
  const { Id } = await createNetwork(lab.engine, { Name: 'vpn' })
  const client = await lab.start(lab.container('client', { [Id]: {} }, { Dns: ['192.0.2.53'] }))
  await using far = await freshNamespace()
  const inside = ['nsenter', `--net=${lab.sandbox(client)}`, '--']
  await far.run(['ip', 'link', 'add', 'tunnel', 'type', 'veth', 'peer', 'name', 'near'])
  await far.run(['ip', 'link', 'set', 'near', 'netns', lab.sandbox(client)])
  for (const command of [
    'address add 10.72.0.1/24 dev tunnel',
    'link set tunnel up',
    'address add 192.0.2.53/32 dev lo',
  ])
    await far.run(['ip', ...command.split(' ')])
  for (const command of [
    'address add 10.72.0.2/24 dev near',
    'link set near up',
    'route replace default via 10.72.0.1',
  ])
    await run([...inside, 'ip', ...command.split(' ')])
  await lab.host.run(['ip', 'address', 'add', '192.0.2.53/32', 'dev', 'lo'])
  await using _host = await serve(lab.host.path, '192.0.2.53', '192.0.2.1')
  await using _far = await serve(far.path, '192.0.2.53', '192.0.2.4')
  expect(await ask(client)).toBe('192.0.2.4')
  await lab.stop(client)
})

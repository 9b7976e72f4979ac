/** A UDP flow ends with the endpoint that it led to, whoever has its address or its port next. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshNamespace, type FreshNamespace } from '../../../support/namespace.ts'
import { listenIn } from '../../../support/listen-in.ts'
import { createNetwork, disconnectNetwork, openLaboratory, type Laboratory } from '../engine-in.ts'

let lab: Laboratory
let front: string
let outside: FreshNamespace

beforeAll(async () => {
  lab = await openLaboratory()
  const network = async (name: string, subnet: string, subnet6: string): Promise<string> =>
    (
      await createNetwork(lab.engine, {
        Name: name,
        EnableIPv6: true,
        IPAM: { Config: [{ Subnet: subnet }, { Subnet: subnet6 }] },
      })
    ).Id
  front = await network('front', '10.89.0.0/24', 'fd89::/64')
  outside = await freshNamespace()
  const link = async (namespace: FreshNamespace, name: string, host: number): Promise<void> => {
    await namespace.run(['ip', 'address', 'add', `10.90.0.${host}/24`, 'dev', name])
    await namespace.run(['ip', 'address', 'add', `fd90::${host}/64`, 'dev', name, 'nodad'])
    await namespace.run(['ip', 'link', 'set', name, 'up'])
  }
  const peer = ['peer', 'name', 'eth0', 'netns', String(outside.pid)]
  await lab.host.run(['ip', 'link', 'add', 'uplink', 'type', 'veth', ...peer])
  await link(lab.host, 'uplink', 1)
  await link(outside, 'eth0', 2)
})
afterAll(async () => {
  await lab[Symbol.asyncDispose]()
  await outside[Symbol.asyncDispose]()
})

async function udp(namespace: string, address: string, port: number): Promise<Socket> {
  const { fd } = listenIn(namespace, 'udp', address, port)
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  const listening = once(socket, 'listening')
  socket.bind({ fd })
  await listening
  return socket
}

const received = async (socket: Socket): Promise<string> => String((await once(socket, 'message'))[0])

test.each([
  ['stopped', '10.89.0.2', '10.90.0.1', '10.90.0.2'],
  ['disconnected', 'fd89::2', 'fd90::1', 'fd90::2'],
])('of a container that is %s', async (end, address, uplink, from) => {
  const web = await lab.start(
    lab.container('web', { [front]: {} }, { PortBindings: { '514/udp': [{ HostPort: '5514' }] } }),
  )
  const talker = await udp(outside.path, from, 4000)
  const server = await udp(lab.sandbox(web), address, 514)
  const first = received(server)
  talker.send('to web', 5514, uplink)
  expect(await first).toBe('to web')
  // Answered, a flow lasts two minutes.
  const answer = received(talker)
  server.send('from web', 4000, from)
  expect(await answer).toBe('from web')
  server.close()

  if (end === 'stopped') await lab.stop(web)
  else await disconnectNetwork(lab.engine, 'front', { Container: 'web' })
  const heir = await lab.start(lab.container('heir', { [front]: {} }))
  const listener = await udp(lab.sandbox(heir), address, 514)
  const host = await udp(lab.host.path, uplink, 5514)
  const [atHeir, atHost] = [received(listener), received(host)]
  talker.send('to the old port', 5514, uplink)
  expect(await atHost).toBe('to the old port')
  // The host's own, sent after it, is the first that the heir hears of.
  host.send('hello', 514, address)
  expect(await atHeir).toBe('hello')

  for (const socket of [talker, listener, host]) socket.close()
  for (const container of [heir, ...(end === 'stopped' ? [] : [web])]) await lab.stop(container)
  for (const { id } of [heir, web]) {
    lab.engine.store.containers.delete(id)
    lab.engine.store.sandboxes.delete(id)
  }
})

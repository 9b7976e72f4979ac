/** What the host's routes occupy is remembered between networks; a route that comes, goes, or loses its link is noticed at once. */
import { expect, test } from 'vitest'
import { startHost } from '../../support/host.ts'

test('a network may have a subnet as soon as, and only while, no route of the host leads there', async () => {
  await using host = await startHost()
  const ip = (line: string): Promise<unknown> => host.run(['ip', ...line.split(' ')])
  const subnet = '10.193.0.0/24'
  const attempt = async (): Promise<number> => {
    const { status, body } = await host.http('POST', '/networks/create', {
      Name: 'asked',
      IPAM: { Config: [{ Subnet: subnet }] },
    })
    if (status === 201) await host.http('DELETE', '/networks/asked')
    else expect(body.message).toContain(`overlaps with the host's route to ${subnet}`)
    return status
  }
  await ip('link add vpn0 type veth peer name vpn1')
  await ip('link set vpn1 up')
  await ip('link set vpn0 up')
  expect(await attempt()).toBe(201)
  await ip(`route add ${subnet} dev vpn0`)
  expect([await attempt(), await attempt()]).toEqual([403, 403])
  await ip(`route delete ${subnet} dev vpn0`)
  expect([await attempt(), await attempt()]).toEqual([201, 201])
  await ip(`route add ${subnet} dev vpn0`)
  expect(await attempt()).toBe(403)
  // The kernel says nothing of routes that go with their link.
  await ip('link set vpn0 down')
  expect(await attempt()).toBe(201)
})

test('a route to what was a network of ours counts once the network is gone, though nobody tells of it', async () => {
  await using host = await startHost()
  const subnet = '10.194.0.0/24'
  await host.run(['ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'up1'])
  await host.run(['ip', 'link', 'set', 'up0', 'up'])
  await host.run(['ip', 'address', 'add', '10.194.0.9/24', 'dev', 'up0'])
  const create = (name: string, driver: string, options: object): Promise<{ status: number }> =>
    host.http('POST', '/networks/create', {
      Name: name,
      Driver: driver,
      Options: options,
      IPAM: { Config: [{ Subnet: subnet, Gateway: '10.194.0.1' }] },
    })
  // A macvlan has the subnet of the network outside, to which the host has a route.
  expect((await create('lan', 'macvlan', { parent: 'up0' })).status).toBe(201)
  expect((await host.http('POST', '/networks/create', { Name: 'other' })).status).toBe(201)
  expect((await host.http('DELETE', '/networks/lan')).status).toBe(204)
  expect((await create('taken', 'bridge', {})).status).toBe(403)
})

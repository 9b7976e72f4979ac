/** Networks that only hold configuration, and those that are made with it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pruneNetworks } from '../../../../netd/engine/networks/prune-networks.ts'
import { removeNetwork } from '../../../../netd/engine/networks/remove-network.ts'
import { restoreNetworks } from '../../../../netd/engine/system/restore-networks.ts'
import { connectNetwork, createNetwork, inspectNetwork, openLaboratory, type Laboratory } from '../engine-in.ts'

let lab: Laboratory

beforeAll(async () => {
  lab = await openLaboratory()
})
afterAll(() => lab[Symbol.asyncDispose]())

const Config = [{ Subnet: '10.66.0.0/24', IPRange: '10.66.0.64/26', AuxiliaryAddresses: { a: '10.66.0.65' } }]
const Options = { 'com.docker.network.driver.mtu': '1400' }
const template = { Name: 'template', ConfigOnly: true, EnableIPv6: true, IPAM: { Config }, Options, Labels: { a: 'b' } }
const from = { ConfigFrom: { Network: 'template' } }

test('nothing of it is in the kernel, and what is made from it has all that it says', async () => {
  const before = await lab.traces()
  await createNetwork(lab.engine, template)
  expect(inspectNetwork(lab.engine, 'template')).toMatchObject({ ConfigOnly: true, Driver: 'null', IPAM: { Config } })
  await restoreNetworks(lab.engine)
  expect(await lab.traces()).toEqual(before)
  // A host that forwards IPv6 is deaf to the advertisements of its own router.
  expect((await lab.host.run(['sysctl', '-n', 'net.ipv6.conf.all.forwarding'])).stdout).toBe('0\n')

  const { Id } = await createNetwork(lab.engine, { Name: 'made', Internal: true, ...from })
  expect(inspectNetwork(lab.engine, 'made')).toMatchObject({
    ConfigFrom: { Network: 'template' },
    ConfigOnly: false,
    Internal: true,
    Driver: 'bridge',
    EnableIPv6: true,
    Options,
    Labels: { a: 'b' },
    IPAM: { Config: [{ ...Config[0], Gateway: '10.66.0.64' }, { Subnet: expect.stringMatching(/^fd/) }] },
  })
  const web = await lab.start(lab.container('web', { [Id]: {} }))
  expect(web.endpoints[Id]!.lease).toMatchObject({ ipv4: '10.66.0.66/24', mtu: 1400 })
  await lab.stop(web)

  await expect(removeNetwork(lab.engine, 'template')).rejects.toMatchObject({
    status: 403,
    message: 'error while removing network: configuration network "template" is in use',
  })
  expect(await pruneNetworks(lab.engine, {})).toEqual(['made'])
  await removeNetwork(lab.engine, 'template')
})

test('what libnetwork refuses, in its words', async () => {
  await createNetwork(lab.engine, template)
  lab.container('web', {})
  const refusal = (message: RegExp): object => ({ status: 403, message: expect.stringMatching(message) })
  for (const [body, message] of [
    [{ ConfigOnly: true, Attachable: true }, /^configuration network can only contain network specific fields/],
    [{ ConfigOnly: true, ...from }, /^a configuration network cannot depend on another/],
    [{ ...from, Labels: { c: 'd' } }, /^user specified configurations are not supported/],
    [{ ...from, EnableIPv6: true }, /^user specified configurations are not supported/],
    [{ ...from, EnableIPv4: false }, /^user specified configurations are not supported/],
    [{ ...from, IPAM: { Config } }, /^user specified configurations are not supported/],
    [{ ...from, Options }, /^network driver options are not supported/],
  ] as const)
    await expect(createNetwork(lab.engine, { Name: 'refused', ...body }), JSON.stringify(body)).rejects.toMatchObject(
      refusal(message),
    )
  await expect(connectNetwork(lab.engine, 'template', { Container: 'web' })).rejects.toMatchObject(
    refusal(/^cannot create endpoint on configuration-only network$/),
  )
  await expect(
    createNetwork(lab.engine, { Name: 'refused', ConfigOnly: true, IPAM: { Config: [{ Subnet: 'x' }] } }),
  ).rejects.toMatchObject({ status: 400 })
})

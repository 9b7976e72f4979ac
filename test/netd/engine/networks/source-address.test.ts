/** com.docker.network.host_ipv4 and host_ipv6: a neighbour that knows the way back to one address of the host alone. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshNamespace, type FreshNamespace } from '../../../support/namespace.ts'
import { run } from '../../../support/run.ts'
import { createNetwork, openLaboratory, type Laboratory } from '../engine-in.ts'

let lab: Laboratory
let outside: FreshNamespace

const batch = (namespace: FreshNamespace, commands: string[]): Promise<unknown> =>
  namespace.run(['ip', '-batch', '-'], { input: `${commands.join('\n')}\n` })

beforeAll(async () => {
  lab = await openLaboratory()
  outside = await freshNamespace()
  await batch(lab.host, [
    `link add up0 up type veth peer name up0 netns ${outside.pid}`,
    // A deprecated address is no source that the kernel would choose by itself (RFC 6724, rule 3).
    ...['192.0.2.1/24', '192.0.2.77/24', '2001:db8::1/64', '2001:db8::77/64'].map(
      (address) =>
        `address add ${address} dev up0${address.includes(':') ? ' nodad' : ''}${address.includes('::77') ? ' preferred_lft 0' : ''}`,
    ),
  ])
  await batch(outside, [
    'address add 192.0.2.2/24 dev up0',
    'address add 2001:db8::2/64 dev up0 nodad',
    'link set up0 up',
    'route add blackhole 192.0.2.1/32',
    'route add blackhole 2001:db8::1/128',
  ])
})
afterAll(async () => {
  await outside[Symbol.asyncDispose]()
  await lab[Symbol.asyncDispose]()
})

test.each([
  ['masqueraded', {}, 1],
  [
    'under the address',
    { 'com.docker.network.host_ipv4': '192.0.2.77', 'com.docker.network.host_ipv6': '2001:DB8::77' },
    0,
  ],
] as const)('what leaves %s', async (_title, Options, exitCode) => {
  const { Id } = await createNetwork(lab.engine, { Name: `leaves${exitCode}`, EnableIPv6: true, Options })
  const container = await lab.start(lab.container(`c${exitCode}`, { [Id]: {} }))
  const seen = await Promise.all(
    ['192.0.2.2', '2001:db8::2'].map((address) =>
      // An answer is waited for, however busy the machine is; that there is none is known after a second.
      run(['nsenter', `--net=${lab.sandbox(container)}`, 'ping', '-c1', exitCode === 0 ? '-W10' : '-W1', address], {
        allowFailure: true,
      }),
    ),
  )
  expect(seen.map((ping) => ping.exitCode)).toEqual([exitCode, exitCode])
  await lab.stop(container)
})

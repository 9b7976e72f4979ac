import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BridgeIntent, Firewall, PublishIntent } from '../../../netd/firewall/firewall.ts'
import { openFirewall } from '../../../netd/firewall/nftables-firewall.ts'
import { openKernel } from '../../../netd/kernel/client.ts'
import { invert } from '../../../netd/kernel/invert.ts'
import type { Kernel, KernelStep } from '../../../netd/kernel/kernel.ts'
import { freshNamespace, type FreshNamespace } from '../../support/namespace.ts'

const bridge = (number: number): BridgeIntent => ({
  bridge: `br${number}`,
  ipv4Subnets: [`10.${number}.0.1/24`],
  ipv6Subnets: [`fd00:${number}::/64`],
  isInternal: number === 3,
  isMasquerade: true,
  isGuarded: false,
})

const published: PublishIntent = {
  ipv4: '10.1.0.2',
  ipv6: 'FD00:1:0::2',
  ports: [
    { hostAddress: '0.0.0.0', hostPort: 8080, containerPort: 80, protocol: 'tcp' },
    { hostAddress: '::', hostPort: 8080, containerPort: 80, protocol: 'tcp' },
    { hostAddress: '192.0.2.1', hostPort: 53, containerPort: 53, protocol: 'udp' },
    ...Array.from({ length: 200 }, (_, at) => ({
      hostAddress: '0.0.0.0',
      hostPort: 20_000 + at,
      containerPort: 20_000 + at,
      protocol: 'udp' as const,
    })),
  ],
}

let ns: FreshNamespace
let kernel: Kernel
let firewall: Firewall

beforeEach(async () => {
  ns = await freshNamespace()
  for (const number of [1, 2, 3]) await ns.run(['ip', 'link', 'add', `br${number}`, 'type', 'bridge'])
  kernel = await openKernel()
  firewall = openFirewall({ kernel, host: ns.path, table: 'trestle' })
})

afterEach(async () => {
  await kernel.close()
  await ns[Symbol.asyncDispose]()
})

/** Everything nft knows, less the handles, which count up with every change. */
async function ruleset(): Promise<unknown> {
  const { nftables } = await ns.json<{ nftables: object[] }>(['nft', '-j', 'list', 'ruleset'])
  return JSON.parse(JSON.stringify(nftables, (key, value: unknown) => (key === 'handle' ? undefined : value)))
}

const steps = (): KernelStep[] => [
  ...[1, 2, 3].flatMap((number) => firewall.bridgeSteps(bridge(number))),
  ...firewall.publishSteps(published),
]

describe('reconciliation', () => {
  it('makes what the steps make', async () => {
    await firewall.reconcile([], [])
    await kernel.apply(steps())
    const bySteps = await ruleset()
    await ns.run(['nft', 'delete', 'table', 'inet', 'trestle'])
    await firewall.reconcile([1, 2, 3].map(bridge), [published])
    expect(await ruleset()).toEqual(bySteps)
  })

  it('changes nothing the second time', async () => {
    await firewall.reconcile([1, 2, 3].map(bridge), [published])
    const before = await ruleset()
    await firewall.reconcile([1, 2, 3].map(bridge), [published])
    expect(await ruleset()).toEqual(before)
  })

  it.each([
    ['a flushed ruleset', 'flush ruleset'],
    ['flushed chains', 'flush table inet trestle'],
    ['a chain that is gone', 'flush chain inet trestle forward\ndelete chain inet trestle forward'],
    ['a flushed map', 'flush map inet trestle publish_ipv4'],
    [
      'elements of nobody’s',
      'add element inet trestle bridges { "eth7" }\nadd element inet trestle publish_range_ipv4 { 0.0.0.0/0 . udp . 9-12 : 10.9.9.9 }\nadd element inet trestle masquerade_ipv4 { 10.7.0.0/16 }',
    ],
    [
      'a port that leads elsewhere',
      'delete element inet trestle publish_ipv4 { tcp . 8080 }\nadd element inet trestle publish_ipv4 { tcp . 8080 : 10.6.6.6 . 66 }',
    ],
  ])('repairs %s', async (_, damage) => {
    await firewall.reconcile([1, 2, 3].map(bridge), [published])
    const before = await ruleset()
    await ns.run(['nft', '-f', '-'], { input: damage })
    expect(await ruleset()).not.toEqual(before)
    await firewall.reconcile([1, 2, 3].map(bridge), [published])
    expect(sorted(await ruleset())).toEqual(sorted(before))
  })

  it('leaves the user’s rules and other tables alone', async () => {
    await firewall.reconcile([1].map(bridge), [published])
    await ns.run(['nft', '-f', '-'], {
      input:
        'add rule inet trestle user ip saddr 203.0.113.9 drop\nadd table inet theirs\nadd chain inet theirs forward { type filter hook forward priority 0; }',
    })
    await firewall.reconcile([2].map(bridge), [])
    expect((await ns.run(['nft', 'list', 'chain', 'inet', 'trestle', 'user'])).stdout).toContain(
      'ip saddr 203.0.113.9 drop',
    )
    expect((await ns.run(['nft', 'list', 'tables'])).stdout).toBe('table inet trestle\ntable inet theirs\n')
    expect((await ns.run(['nft', 'list', 'map', 'inet', 'trestle', 'publish_ipv4'])).stdout).not.toContain('8080')
  })
})

/** A chain that was deleted comes back at the end of the list. */
function sorted(items: unknown): string[] {
  return (items as object[]).map((item) => JSON.stringify(item)).toSorted()
}

describe('steps', () => {
  it('are taken back by their inverses, to the last element', async () => {
    await firewall.reconcile([], [])
    await kernel.apply(firewall.bridgeSteps(bridge(1)))
    const before = await ruleset()
    const more = [...firewall.bridgeSteps(bridge(2)), ...firewall.publishSteps(published)]
    await kernel.apply(more)
    expect(await ruleset()).not.toEqual(before)
    expect(await kernel.teardown(more.toReversed().flatMap((step) => invert(step, { sysctl: '0' }) ?? []))).toEqual([])
    expect(await ruleset()).toEqual(before)
  })

  it('leave nothing behind when the last of them fails', async () => {
    await firewall.reconcile([], [])
    const before = await ruleset()
    const doomed: KernelStep = { do: 'link.delete', namespace: ns.path, name: 'nothing' }
    await expect(kernel.apply([...steps(), doomed])).rejects.toThrow('link.delete nothing')
    expect(await ruleset()).toEqual(before)
  })

  it('make a range one element, whatever its length, and forget UDP flows', () => {
    const published200 = firewall.publishSteps(published)
    const added = published200.flatMap((step) =>
      step.do === 'nft.elements.add' ? step.elements.map(() => step.set) : [],
    )
    expect(added).toEqual(['publish_ipv4', 'publish_ipv6', 'publish_address_ipv4', 'publish_range_ipv4'])
    expect(firewall.flushSteps(published)).toMatchObject([
      { address: '192.0.2.1', port: [53] },
      { family: 'ipv4', port: expect.objectContaining({ length: 200 }) },
    ])
  })
})

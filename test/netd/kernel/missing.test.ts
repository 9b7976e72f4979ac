/** A feature that the kernel lacks is named, whatever the kernel itself says. */
import { expect, test } from 'vitest'
import type { KernelStep } from '../../../netd/kernel/kernel.ts'
import { missingFeature } from '../../../netd/kernel/missing.ts'

const namespace = '/proc/self/ns/net'

test('a kind of link: the option and the module', () => {
  const macvlan: KernelStep = { do: 'link.add', namespace, name: 'm0', kind: 'macvlan', parent: 'eth0', mode: 'bridge' }
  expect(missingFeature(macvlan, 'EOPNOTSUPP')).toBe(
    'this kernel has no macvlan links (CONFIG_MACVLAN, module macvlan)',
  )
  expect(missingFeature(macvlan, 'EEXIST')).toBeUndefined()
})

test('IPv6, which is missed first where it is to be forwarded', () => {
  const step = (name: string): KernelStep => ({ do: 'sysctl.set', namespace, name, value: '1' })
  expect(missingFeature(step('net.ipv6.conf.all.forwarding'), 'ENOENT')).toContain('no IPv6 (CONFIG_IPV6')
  expect(missingFeature(step('net.ipv6.conf.eth0.forwarding'), 'ENOENT')).toBeUndefined()
})

test('nftables, by either of the ways a kernel without them refuses', () => {
  const step: KernelStep = { do: 'nft.transaction', namespace, commands: [] }
  for (const errno of ['EOPNOTSUPP', 'EPROTONOSUPPORT'])
    expect(missingFeature(step, errno)).toContain('no nftables (CONFIG_NF_TABLES_INET')
})

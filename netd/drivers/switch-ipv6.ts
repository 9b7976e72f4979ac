import type { KernelStep, Namespace } from '../kernel/kernel.ts'

/**
 * Off: no link-local address, no router solicitations; what the network does not have, its links do not speak. On: whatever
 * net.ipv6.conf.default.disable_ipv6 says, which new links have, and which makes the kernel refuse addresses (EACCES).
 */
export function switchIpv6(namespace: Namespace, link: string, isOn: boolean): KernelStep {
  return {
    do: 'sysctl.set',
    namespace,
    name: `net.ipv6.conf.${link.replaceAll('.', '/')}.disable_ipv6`,
    value: isOn ? '0' : '1',
    // A link with a small MTU has no IPv6, nor has a kernel without it.
    mayBeMissing: true,
  }
}

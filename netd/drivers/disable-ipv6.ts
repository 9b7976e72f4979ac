import type { KernelStep, Namespace } from '../kernel/kernel.ts'

/** No link-local address, no router solicitations: what the network does not have, its links do not speak. */
export function disableIpv6(namespace: Namespace, link: string): KernelStep {
  return {
    do: 'sysctl.set',
    namespace,
    name: `net.ipv6.conf.${link.replaceAll('.', '/')}.disable_ipv6`,
    value: '1',
    // A link with a small MTU has no IPv6, nor has a kernel without it.
    mayBeMissing: true,
  }
}

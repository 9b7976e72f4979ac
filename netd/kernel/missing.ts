/** What this kernel lacks, by name, where its own answer to a step would only puzzle: the option of its configuration, and the module. */
import type { KernelStep } from './kernel.ts'

const linkOptions: Record<Extract<KernelStep, { do: 'link.add' }>['kind'], string> = {
  bridge: 'CONFIG_BRIDGE, module bridge',
  veth: 'CONFIG_VETH, module veth',
  macvlan: 'CONFIG_MACVLAN, module macvlan',
  ipvlan: 'CONFIG_IPVLAN, module ipvlan',
  vxlan: 'CONFIG_VXLAN, module vxlan',
  dummy: 'CONFIG_DUMMY, module dummy; an ifb would do: CONFIG_IFB, module ifb',
  vlan: 'CONFIG_VLAN_8021Q, module 8021q',
}

export const missingLinkKind = (kind: keyof typeof linkOptions): string =>
  `this kernel has no ${kind} links (${linkOptions[kind]})`

const isMissing = (errno: string): boolean => errno === 'EOPNOTSUPP' || errno === 'EPROTONOSUPPORT'

/** rtnetlink answers EOPNOTSUPP for an unknown kind of link, socket(2) EPROTONOSUPPORT, nfnetlink EOPNOTSUPP or EINVAL without nf_tables. */
export function missingFeature(step: KernelStep, errno: string): string | undefined {
  if (step.do === 'link.add') {
    return errno === 'EOPNOTSUPP' ? missingLinkKind(step.kind) : undefined
  }
  if (step.do === 'nft.transaction' && step.commands.some(({ family }) => family === 'bridge') && isMissing(errno))
    return 'this kernel cannot filter what a bridge carries, or has no nftables at all (CONFIG_NF_TABLES_BRIDGE, module nf_tables)'
  if (step.do.startsWith('nft.')) {
    return isMissing(errno)
      ? 'this kernel has no nftables (CONFIG_NF_TABLES_INET, module nf_tables), or lacks an expression that the rules use (CONFIG_NFT_NAT, CONFIG_NFT_MASQ, CONFIG_NFT_FIB_INET, CONFIG_NFT_CT)'
      : undefined
  }
  // Of all links: a link of its own may lack it for other reasons, such as a small MTU.
  if (step.do === 'sysctl.set' && step.name.startsWith('net.ipv6.conf.all.') && errno === 'ENOENT')
    return 'this kernel has no IPv6 (CONFIG_IPV6, or it was started with ipv6.disable=1)'
  if (step.do === 'netns.create' && (errno === 'EINVAL' || errno === 'ENOSYS'))
    return 'this kernel has no network namespaces (CONFIG_NET_NS)'
  return undefined
}

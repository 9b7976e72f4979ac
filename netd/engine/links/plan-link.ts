/** From a link's record to kernel steps: pure. */
import type { LinkEnd } from '../../../api/trestle/links.ts'
import type { KernelStep, Namespace } from '../../kernel/kernel.ts'
import type { LinkRecord } from '../../store/records.ts'

/** The alias of both ends, by which they are found again whatever they are called by then. */
export function linkMark(id: string): string {
  return `trestle link ${id.slice(0, 12)}`
}

/** One veth pair, each end born in its own namespace; the near end is the first of the record's two. */
export function planLink(record: LinkRecord, [nearPath, farPath]: readonly [Namespace, Namespace]): KernelStep[] {
  const [near, far] = record.ends
  const alias = linkMark(record.id)
  const mtu = record.mtu === undefined ? {} : { mtu: record.mtu }
  const mac = (end: LinkEnd) => (end.mac ? { mac: end.mac } : {})
  return [
    {
      do: 'link.add',
      namespace: nearPath,
      name: near.interface,
      kind: 'veth',
      peer: { namespace: farPath, name: far.interface, ...mac(far), ...mtu },
      ...mac(near),
      ...mtu,
      alias,
    },
    { do: 'link.set', namespace: farPath, name: far.interface, alias, isUp: true },
    { do: 'link.set', namespace: nearPath, name: near.interface, isUp: true },
    ...planAddresses(nearPath, near),
    ...planAddresses(farPath, far),
  ]
}

/** Duplicate address detection would keep an IPv6 address tentative for a second, on a wire that only we put ends to. */
function planAddresses(namespace: Namespace, end: LinkEnd): KernelStep[] {
  return (end.addresses ?? []).map((address) => ({
    do: 'address.add',
    namespace,
    link: end.interface,
    address,
    isNoDad: true,
  }))
}

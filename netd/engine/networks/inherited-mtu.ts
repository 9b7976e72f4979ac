import type { Route } from '../../kernel/model.ts'
import type { Engine } from '../engine.ts'

/** ETH_DATA_LEN, linux/if_ether.h. */
const ethernetMtu = 1500

/** ETH_MAX_MTU, linux/if_ether.h: loopback has one byte more, and a bridge cannot. */
const largestMtu = 65535

/** IPv4's before IPv6's, which networks have less often; of several, the one that the kernel takes. */
function byPreference(one: Route, other: Route): number {
  if (one.family !== other.family) return one.family === 'ipv4' ? -1 : 1
  return (one.metric ?? 0) - (other.metric ?? 0)
}

/** Of the device that the default route leaves by: behind a tunnel, 1,500 bytes would be a black hole. */
export async function inheritedMtu(
  { kernel, host }: Pick<Engine, 'kernel' | 'host'>,
  routes: Route[],
): Promise<number> {
  const index = routes
    .filter(
      ({ destination, type, linkIndex }) => destination === 'default' && type === 'unicast' && linkIndex !== undefined,
    )
    .toSorted(byPreference)[0]?.linkIndex
  if (index === undefined) return ethernetMtu
  return Math.min((await kernel.link(host, index))?.mtu ?? ethernetMtu, largestMtu)
}

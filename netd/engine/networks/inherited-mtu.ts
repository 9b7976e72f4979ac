import type { Route } from '../../kernel/model.ts'
import type { Engine } from '../engine.ts'

/** ETH_DATA_LEN, linux/if_ether.h. */
const ethernetMtu = 1500

/** Of the device that the default route leaves by: behind a tunnel, 1,500 bytes would be a black hole. */
export async function inheritedMtu(
  { kernel, host }: Pick<Engine, 'kernel' | 'host'>,
  routes: Route[],
): Promise<number> {
  const index = routes.find(
    ({ destination, type, linkIndex }) => destination === 'default' && type === 'unicast' && linkIndex !== undefined,
  )?.linkIndex
  if (index === undefined) return ethernetMtu
  return (await kernel.link(host, index))?.mtu ?? ethernetMtu
}

/** The addresses of the host on the links of networks, and the routes that come with them. */
import { familyOf } from '../../../api/address/family.ts'
import { parseSubnet } from '../../../api/address/subnet.ts'
import { mainTable, type Link } from '../../kernel/model.ts'
import type { KernelStep } from '../../kernel/kernel.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { driverContext, driverOf } from '../networks/resolve-network.ts'

type AddressStep = KernelStep & { do: 'address.add' }

/**
 * What gives each network back the addresses that somebody has taken off its link, by network id. A route to a subnet that
 * was deleted comes back with its address, which is taken off for that.
 */
export async function lostAddresses(
  engine: Engine,
  networks: NetworkRecord[],
  links: ReadonlyMap<string, Link>,
): Promise<Map<string, KernelStep[]>> {
  const { kernel, host } = engine
  const wanted = new Map(networks.map((network) => [network.id, addressSteps(engine, network)]))
  const subnets = [...wanted.values()].flat().map(({ address }) => parseSubnet(address)!)
  const [addresses, routes] = await Promise.all([kernel.addresses(host), kernel.routesTo(host, mainTable, subnets)])
  const key = (link: number | undefined, address: string): string => `${link} ${address}`
  const present = new Set(addresses.map(({ linkIndex, address }) => key(linkIndex, address)))
  const routed = new Set(routes.map(({ linkIndex, destination }) => key(linkIndex, destination)))
  const lost = new Map<string, KernelStep[]>()
  for (const [id, steps] of wanted) {
    const again = steps.flatMap((step): KernelStep[] => {
      const index = links.get(step.link)?.index
      if (!present.has(key(index, step.address))) return [step, ...linkLocal(step)]
      return routed.has(key(index, parseSubnet(step.address)!)) ? [] : [{ ...step, do: 'address.delete' }, step]
    })
    if (again.length > 0) lost.set(id, again)
  }
  return lost
}

function addressSteps(engine: Engine, network: NetworkRecord): AddressStep[] {
  const steps = driverOf(engine, network).createNetwork(driverContext(engine), network)
  return steps.flatMap((step) => (step.do === 'address.add' ? [{ ...step, do: step.do }] : []))
}

/** A flush takes the link-local one, too, which the kernel makes again when the way of making it changes (addrconf_sysctl_addr_gen_mode). */
function linkLocal({ namespace, link, address }: AddressStep): KernelStep[] {
  if (familyOf(address) === 'ipv4') return []
  const name = `net.ipv6.conf.${link.replaceAll('.', '/')}.addr_gen_mode`
  return ['1', '0'].map((value) => ({ do: 'sysctl.set', namespace, name, value }))
}

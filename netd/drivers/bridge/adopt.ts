/**
 * A bridge of the host's that a network takes over by `com.docker.network.bridge.name`: it keeps its ports, MAC, MTU and
 * addresses, gets what it lacks, and is left standing as it was, but up, when the network goes.
 */
import { contains, withoutPrefix } from '../../../api/address/subnet.ts'
import { errors } from '../../../api/errors.ts'
import type { KernelStep, Namespace } from '../../kernel/kernel.ts'
import type { NetworkRecord, PoolRecord } from '../../store/records.ts'
import type { HostView, NetworkWish } from '../driver.ts'
import { refuseSmallMtu } from '../network-options.ts'

/**
 * As in NetworkRecord.driverState. `adopted`: the subnets that the bridge had an address in; it gets none in them.
 * `before`: what the sysctls that we set on it were, `NAME=VALUE`. Both separated by blanks.
 */
export interface Adoption {
  adopted: string
  before: string
}

/** Undefined where the host has no link of that name. Throws conflict for one that is no bridge, invalidParameter for one without IPv6. */
export async function planAdoption(
  host: HostView,
  bridge: string,
  { pools, isIpv6 }: NetworkWish,
): Promise<{ state: Adoption; mtu: number } | undefined> {
  const link = await host.link(bridge)
  if (link === undefined) return undefined
  if (link.kind !== 'bridge')
    throw errors.conflict(
      `cannot use ${bridge} as a bridge: the host's interface of that name is ${link.kind === undefined ? 'no bridge' : `a ${link.kind}`}`,
    )
  refuseSmallMtu(link.mtu, isIpv6)
  const addresses = (await host.addresses(link)).map(withoutPrefix)
  const standing = pools.filter(({ subnet }) => addresses.some((address) => contains(subnet, address)))
  const sysctls = [routeLocalnet(bridge), ...(isIpv6 ? [disableIpv6(bridge)] : [])]
  const before = await Promise.all(sysctls.map(async (name) => `${name}=${await host.sysctl(name)}`))
  return {
    state: { adopted: standing.map(({ subnet }) => subnet).join(' '), before: before.join(' ') },
    mtu: link.mtu,
  }
}

const inName = (link: string): string => link.replaceAll('.', '/')
const routeLocalnet = (bridge: string): string => `net.ipv4.conf.${inName(bridge)}.route_localnet`
const disableIpv6 = (bridge: string): string => `net.ipv6.conf.${inName(bridge)}.disable_ipv6`

export const isAdopted = ({ driverState }: Pick<NetworkRecord, 'driverState'>): boolean =>
  driverState['adopted'] !== undefined

/** Whether the bridge has an address of its own there. */
export const isStanding = (
  { driverState }: Pick<NetworkRecord, 'driverState'>,
  { subnet }: Pick<PoolRecord, 'subnet'>,
): boolean => (driverState['adopted'] ?? '').split(' ').includes(subnet)

export function sysctlsBefore({ driverState }: NetworkRecord, namespace: Namespace): KernelStep[] {
  const settings = (driverState['before'] ?? '').split(' ').filter((setting) => setting !== '')
  return settings.map((setting) => {
    // An interface may have a "=" in its name.
    const at = setting.lastIndexOf('=')
    return { do: 'sysctl.set', namespace, name: setting.slice(0, at), value: setting.slice(at + 1) }
  })
}

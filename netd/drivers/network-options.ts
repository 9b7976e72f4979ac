/** What `docker network create -o` may say, whichever the driver. */
import { parseBool } from '../../api/docker/bool.ts'
import { errors } from '../../api/errors.ts'
import type { Driver } from './driver.ts'

/** Options that dockerd itself reads, before a driver sees them. */
export const generic = {
  enableIpv4: 'com.docker.network.enable_ipv4',
  enableIpv6: 'com.docker.network.enable_ipv6',
} as const

/** Options that several drivers have. */
export const shared = {
  mtu: 'com.docker.network.driver.mtu',
  interfacePrefix: 'com.docker.network.container_iface_prefix',
} as const

/** Throws invalidParameter for an option that the driver does not have: it would be kept, shown, and do nothing. */
export function refuseUnknownOptions(
  driver: Driver,
  drivers: Record<string, Driver>,
  options: Record<string, string>,
): void {
  const known: string[] = [...driver.options, ...Object.values(generic)]
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return
  const owners = Object.values(drivers).filter((other) => other.options.includes(unknown))
  const whose = owners.length === 0 ? '' : ` (it is one of ${owners.map(({ name }) => name).join(', ')})`
  throw errors.invalidParameter(
    `invalid option ${JSON.stringify(unknown)}: the ${driver.name} driver does not have it${whose}, but ${known.toSorted().join(', ')}`,
  )
}

export function flag(name: string, text: string | undefined, otherwise: boolean): boolean {
  if (text === undefined) return otherwise
  const value = parseBool(text)
  if (value === undefined)
    throw errors.invalidParameter(
      `failed to parse ${name} value: ${text} (strconv.ParseBool: parsing "${text}": invalid syntax)`,
    )
  return value
}

/** A family by the request's field and by the option of the same meaning. Throws invalidParameter where the two contradict each other. */
export function family(
  field: string,
  said: boolean | undefined,
  name: string,
  options: Record<string, string>,
): boolean | undefined {
  if (options[name] === undefined) return said
  const value = flag(name, options[name], false)
  if (said !== undefined && said !== value)
    throw errors.invalidParameter(`${field} is ${said} and option ${name} is ${options[name]}: say one of them`)
  return value
}

/** ETH_MIN_MTU (linux/if_ether.h) and ETH_MAX_MTU: what a virtual Ethernet link takes. */
const [smallestMtu, largestMtu] = [68, 65535]

/** IPV6_MIN_MTU (linux/ipv6.h): below it the kernel has no IPv6 on a link. */
export const smallestIpv6Mtu = 1280

export function mtu(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^[+-]?\d+$/.test(text))
    throw errors.invalidParameter(
      `failed to parse ${shared.mtu} value: ${text} (strconv.Atoi: parsing "${text}": invalid syntax)`,
    )
  const value = Number(text)
  // 0 is the default, as dockerd has it.
  if (value === 0) return undefined
  if (value < smallestMtu || value > largestMtu)
    throw errors.invalidParameter(`invalid MTU number: ${text} (a link takes ${smallestMtu} to ${largestMtu})`)
  return value
}

/** Throws invalidParameter for a network whose links could not have the addresses that it asks for. */
export function refuseSmallMtu(mtu: number, isIpv6: boolean): void {
  if (isIpv6 && mtu < smallestIpv6Mtu)
    throw errors.invalidParameter(`invalid MTU number: ${mtu} (IPv6 needs ${smallestIpv6Mtu})`)
}

/** IFNAMSIZ is 16 with the final NUL (linux/if.h); dev_valid_name() and sysctl_dev_name_is_allowed() say what is in it. */
export const isInterfaceName = (text: string): boolean => /^(?!(?:\.{1,2}|all|default)$)[^\s/:%]{1,15}$/.test(text)

/** Leaves room for the number that follows. */
export function interfacePrefix(text: string | undefined): string {
  if (text === undefined || text === '') return 'eth'
  if (!isInterfaceName(`${text}999`))
    throw errors.invalidParameter(
      `invalid ${shared.interfacePrefix} value: "${text}" does not fit an interface name with its number (15 characters, none of them white space, "/", ":" or "%")`,
    )
  return text
}

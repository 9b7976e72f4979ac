/** What `docker network connect --driver-opt` may say of one endpoint. */
import { errors } from '../../api/errors.ts'
import { antiSpoofing } from '../../api/trestle/options.ts'
import type { KernelStep, Namespace } from '../kernel/kernel.ts'
import type { Driver } from './driver.ts'
import { flag, isInterfaceName, smallestIpv6Mtu } from './network-options.ts'

export const endpointOption = {
  sysctls: 'com.docker.network.endpoint.sysctls',
  interfaceName: 'com.docker.network.endpoint.ifname',
  antiSpoofing,
} as const

/** Of every driver whose endpoints are links. */
export const linkOptions = [endpointOption.sysctls, endpointOption.interfaceName] as const

export interface EndpointOptions {
  /** Name in the container, in place of the next `ethN`. */
  interfaceName: string | undefined
  /** Trusted to speak for others, on a network where nobody else is. */
  isTrusted: boolean
  /** With IFNAME where the interface's name belongs. */
  sysctls: { name: string; value: string }[]
}

/** Throws invalidParameter for an option that the driver does not have: it would be kept, shown, and do nothing. */
export function refuseUnknownEndpointOptions(driver: Driver, options: Record<string, string>): void {
  const unknown = Object.keys(options).find((name) => !driver.endpointOptions.includes(name))
  if (unknown === undefined) return
  const known = driver.endpointOptions.length === 0 ? 'none' : driver.endpointOptions.toSorted().join(', ')
  throw errors.invalidParameter(
    `invalid endpoint option ${JSON.stringify(unknown)}: endpoints of the ${driver.name} driver have ${known}`,
  )
}

/** Throws invalidParameter naming option and value. `mtu` is the network's: on a small one there is no IPv6 to be set. */
export function endpointOptions(options: Record<string, string>, mtu: number): EndpointOptions {
  const interfaceName = options[endpointOption.interfaceName]
  if (interfaceName !== undefined && !isInterfaceName(interfaceName)) {
    throw errors.invalidParameter(
      `invalid ${endpointOption.interfaceName} value: "${interfaceName}" is no interface name`,
    )
  }
  const sysctls = (options[endpointOption.sysctls] ?? '').split(',').filter((setting) => setting !== '')
  const parsed = sysctls.map(sysctl)
  const lost = mtu < smallestIpv6Mtu ? parsed.find(({ name }) => name.startsWith('net.ipv6.')) : undefined
  if (lost !== undefined)
    throw errors.invalidParameter(
      `invalid ${endpointOption.sysctls} value: ${lost.name} does not exist on a link with an MTU of ${mtu} (IPv6 needs ${smallestIpv6Mtu})`,
    )
  const isTrusted = !flag(antiSpoofing, options[antiSpoofing], true)
  return { interfaceName, isTrusted, sysctls: parsed }
}

function sysctl(setting: string): { name: string; value: string } {
  // In either case: the docker CLI lower-cases what it reads of `--network name=…,driver-opt=…` (docker/cli#4994).
  const [, prefix, name, value] =
    /^(net\.(?:ipv4|ipv6|mpls)\.(?:conf|neigh))\.(?:IFNAME|ifname)\.(\w+)=(.*)$/.exec(setting) ?? []
  if (prefix === undefined || name === undefined || value === undefined) {
    throw errors.invalidParameter(
      `invalid ${endpointOption.sysctls} value: "${setting}" is not of the form net.ipv4.conf.IFNAME.NAME=VALUE`,
    )
  }
  return { name: `${prefix}.IFNAME.${name}`, value }
}

export function sysctlSteps(sandbox: Namespace, link: string, { sysctls }: EndpointOptions): KernelStep[] {
  return sysctls.map(({ name, value }) => ({
    do: 'sysctl.set',
    namespace: sandbox,
    // By a function: `$` may be in the name of an interface.
    name: name.replace('IFNAME', () => link.replaceAll('.', '/')),
    value,
  }))
}

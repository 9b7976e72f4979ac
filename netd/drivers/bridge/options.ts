/** `com.docker.network.*`: what a bridge network's options may say, and what they mean. */
import { isIP } from 'node:net'
import { parseAddress } from '../../../api/address/address.ts'
import { familyOf, type IpFamily } from '../../../api/address/family.ts'
import { errors } from '../../../api/errors.ts'
import { unusableRange } from '../../ipam/pool.ts'
import { antiSpoofing } from '../../../api/trestle/options.ts'
import type { GatewayMode } from '../../firewall/firewall.ts'
import type { NetworkRecord } from '../../store/records.ts'
import { flag, interfacePrefix, isInterfaceName, mtu, shared } from '../network-options.ts'

/** Names as `docker network create -o` takes them: https://docs.docker.com/engine/network/drivers/bridge/#options; the last is ours. */
export const option = {
  name: 'com.docker.network.bridge.name',
  defaultBridge: 'com.docker.network.bridge.default_bridge',
  icc: 'com.docker.network.bridge.enable_icc',
  masquerade: 'com.docker.network.bridge.enable_ip_masquerade',
  hostBinding: 'com.docker.network.bridge.host_binding_ipv4',
  inhibitIpv4: 'com.docker.network.bridge.inhibit_ipv4',
  gatewayModeIpv4: 'com.docker.network.bridge.gateway_mode_ipv4',
  gatewayModeIpv6: 'com.docker.network.bridge.gateway_mode_ipv6',
  trustedInterfaces: 'com.docker.network.bridge.trusted_host_interfaces',
  hostIpv4: 'com.docker.network.host_ipv4',
  hostIpv6: 'com.docker.network.host_ipv6',
  ...shared,
  antiSpoofing,
} as const

export interface BridgeOptions {
  name: string | undefined
  /** Inter-container communication; without it every port of the bridge is isolated from the others. */
  isIcc: boolean
  isMasquerade: boolean
  gatewayModes: { ipv4: GatewayMode; ipv6: GatewayMode }
  /** From these of the host's, published ports are reached by the containers' own addresses. */
  trustedInterfaces: string[]
  /** Traffic to the outside leaves under these addresses, in place of that of the interface it leaves by. */
  hostIpv4: string | undefined
  hostIpv6: string | undefined
  /** For published ports without an address. */
  hostBinding: string | undefined
  /** The bridge gets no IPv4 address: somebody else is the gateway. */
  isIpv4Inhibited: boolean
  /** A port speaks with its own MAC and addresses only. */
  isAntiSpoofing: boolean
  mtu: number | undefined
  interfacePrefix: string
}

/** Throws invalidParameter as dockerd words it, naming option and value. */
export function bridgeOptions({ options }: Pick<NetworkRecord, 'options'>): BridgeOptions {
  return {
    name: interfaceName(option.name, options[option.name] || undefined),
    isIcc: flag(option.icc, options[option.icc], true),
    isMasquerade: flag(option.masquerade, options[option.masquerade], true),
    gatewayModes: {
      ipv4: gatewayMode(option.gatewayModeIpv4, options[option.gatewayModeIpv4]),
      ipv6: gatewayMode(option.gatewayModeIpv6, options[option.gatewayModeIpv6]),
    },
    trustedInterfaces: interfaceNames(option.trustedInterfaces, options[option.trustedInterfaces]),
    hostIpv4: addressOf('ipv4', option.hostIpv4, options),
    hostIpv6: addressOf('ipv6', option.hostIpv6, options),
    hostBinding: address(option.hostBinding, options[option.hostBinding]),
    isIpv4Inhibited: flag(option.inhibitIpv4, options[option.inhibitIpv4], false),
    isAntiSpoofing: flag(option.antiSpoofing, options[option.antiSpoofing], false),
    mtu: mtu(options[option.mtu]),
    interfacePrefix: interfacePrefix(options[option.interfacePrefix]),
  }
}

/** Inspection shows the option on the default network, and from there it gets into requests. */
export function refuseDefaultBridge({ options }: Pick<NetworkRecord, 'options'>): void {
  if (flag(option.defaultBridge, options[option.defaultBridge], false))
    throw errors.invalidParameter(
      `option ${option.defaultBridge} belongs to the network bridge, which is always there: leave it out`,
    )
}

function addressOf(family: IpFamily, name: string, options: NetworkRecord['options']): string | undefined {
  const text = address(name, options[name])
  if (text === undefined) return undefined
  const parsed = parseAddress(text)
  if (parsed === undefined || familyOf(parsed) !== family || unusableRange(parsed) !== undefined)
    throw errors.invalidParameter(
      `invalid ${name} value: ${text} is no ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address that packets could leave under`,
    )
  return parsed
}

function address(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (isIP(text) === 0) throw errors.invalidParameter(`failed to parse ${name} value: ${text} (nil ip)`)
  return text
}

const gatewayModes: readonly GatewayMode[] = ['nat', 'nat-unprotected', 'routed', 'isolated']

function gatewayMode(name: string, text: string | undefined): GatewayMode {
  const mode = gatewayModes.find((known) => known === (text || 'nat'))
  if (mode === undefined)
    throw errors.invalidParameter(
      `failed to parse ${name} value: ${text} (unknown gateway mode ${text}: it is one of ${gatewayModes.join(', ')})`,
    )
  return mode
}

/** Separated by colons. */
function interfaceNames(name: string, text: string | undefined): string[] {
  return [...new Set((text || undefined)?.split(':').map((item) => interfaceName(name, item)!))]
}

/** Throws invalidParameter, as dockerd words it. */
export function refuseIsolatedUnlessInternal({
  options,
  isInternal,
}: Pick<NetworkRecord, 'options' | 'isInternal'>): void {
  if (!isInternal && Object.values(bridgeOptions({ options }).gatewayModes).includes('isolated'))
    throw errors.invalidParameter("gateway mode 'isolated' can only be used for an internal network")
}

function interfaceName(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (!isInterfaceName(text))
    throw errors.invalidParameter(
      `invalid ${name} value: "${text}" is no interface name (1 to 15 characters, none of them white space, "/", ":" or "%")`,
    )
  return text
}

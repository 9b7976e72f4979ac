/** `com.docker.network.*`: what a bridge network's options may say, and what they mean. */
import { isIP } from 'node:net'
import { errors } from '../../../api/errors.ts'
import type { NetworkRecord } from '../../store/records.ts'

/** Names as `docker network create -o` takes them: https://docs.docker.com/engine/network/drivers/bridge/#options */
export const option = {
  name: 'com.docker.network.bridge.name',
  defaultBridge: 'com.docker.network.bridge.default_bridge',
  icc: 'com.docker.network.bridge.enable_icc',
  masquerade: 'com.docker.network.bridge.enable_ip_masquerade',
  hostBinding: 'com.docker.network.bridge.host_binding_ipv4',
  inhibitIpv4: 'com.docker.network.bridge.inhibit_ipv4',
  mtu: 'com.docker.network.driver.mtu',
  interfacePrefix: 'com.docker.network.container_iface_prefix',
} as const

export interface BridgeOptions {
  name: string | undefined
  /** Inter-container communication; without it every port of the bridge is isolated from the others. */
  isIcc: boolean
  isMasquerade: boolean
  /** For published ports without an address. */
  hostBinding: string | undefined
  /** The bridge gets no IPv4 address: somebody else is the gateway. */
  isIpv4Inhibited: boolean
  mtu: number | undefined
  interfacePrefix: string
}

/** Throws invalidParameter as dockerd words it, naming option and value. */
export function bridgeOptions({ options }: Pick<NetworkRecord, 'options'>): BridgeOptions {
  return {
    name: interfaceName(option.name, options[option.name]),
    isIcc: flag(option.icc, options[option.icc], true),
    isMasquerade: flag(option.masquerade, options[option.masquerade], true),
    hostBinding: address(option.hostBinding, options[option.hostBinding]),
    isIpv4Inhibited: flag(option.inhibitIpv4, options[option.inhibitIpv4], false),
    mtu: mtu(options[option.mtu]),
    interfacePrefix: interfacePrefix(options[option.interfacePrefix]),
  }
}

/** What Go's strconv.ParseBool takes. */
const booleans = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
])

function flag(name: string, text: string | undefined, otherwise: boolean): boolean {
  if (text === undefined) return otherwise
  const value = booleans.get(text)
  if (value === undefined)
    throw errors.invalidParameter(
      `failed to parse ${name} value: ${text} (strconv.ParseBool: parsing "${text}": invalid syntax)`,
    )
  return value
}

function address(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (isIP(text) === 0) throw errors.invalidParameter(`failed to parse ${name} value: ${text} (nil ip)`)
  return text
}

/** ETH_MIN_MTU (linux/if_ether.h) and ETH_MAX_MTU: what a veth takes. */
const [smallestMtu, largestMtu] = [68, 65535]

function mtu(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^[+-]?\d+$/.test(text))
    throw errors.invalidParameter(
      `failed to parse ${option.mtu} value: ${text} (strconv.Atoi: parsing "${text}": invalid syntax)`,
    )
  const value = Number(text)
  // 0 is the default, as dockerd has it.
  if (value === 0) return undefined
  if (value < smallestMtu || value > largestMtu)
    throw errors.invalidParameter(`invalid MTU number: ${text} (a link takes ${smallestMtu} to ${largestMtu})`)
  return value
}

/** IFNAMSIZ is 16 with the final NUL (linux/if.h); dev_valid_name() says what is in it. */
const isInterfaceName = (text: string): boolean => /^(?!\.{1,2}$)[^\s/:%]{1,15}$/.test(text)

function interfaceName(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (!isInterfaceName(text))
    throw errors.invalidParameter(
      `invalid ${name} value: "${text}" is no interface name (1 to 15 characters, none of them white space, "/", ":" or "%")`,
    )
  return text
}

/** Leaves room for the number that follows. */
function interfacePrefix(text: string | undefined): string {
  if (text === undefined || text === '') return 'eth'
  if (!isInterfaceName(`${text}999`))
    throw errors.invalidParameter(
      `invalid ${option.interfacePrefix} value: "${text}" does not fit an interface name with its number (15 characters, none of them white space, "/", ":" or "%")`,
    )
  return text
}

/** `NetworkSettings` of a container's inspection: https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerInspect */
import type { NetworkSettings, PortBindings } from '../../../api/docker/containers.ts'
import type { EndpointSettings } from '../../../api/docker/networks.ts'
import { prefixLength, withoutPrefix } from '../../../api/address/subnet.ts'
import { portsOf } from '../../store/port-rows.ts'
import type {
  ContainerRecord,
  EndpointRecord,
  Link,
  NetworkRecord,
  RequestedEndpoint,
  SandboxRecord,
} from '../../store/records.ts'
import type { Engine } from '../../engine/engine.ts'
import { exposedNames } from '../../engine/containers/exposed-ports.ts'
import { driverOf, isUserDefined } from '../../engine/networks/resolve-network.ts'
import { activeEndpointsOf } from '../../engine/sandbox/endpoints.ts'
import { findSandbox } from '../../engine/sandbox/find.ts'
import { namesOf } from '../../engine/sandbox/names.ts'
import { sandboxPath } from '../../engine/sandbox/namespaces.ts'

export function networkSettings(engine: Engine, container: ContainerRecord): NetworkSettings {
  const sandbox = findSandbox(engine, container.id)
  const { kind } = sandbox.namespace
  const hasSandbox = sandbox.isOpen && kind !== 'shared'
  const networks = Object.fromEntries(
    Object.entries(sandbox.endpoints).map(([key, endpoint]) => endpointEntry(engine, sandbox, key, endpoint)),
  )
  // dockerd takes them from the endpoints, of which only some have any.
  const isPublishing =
    hasSandbox &&
    activeEndpointsOf(engine, sandbox).some(
      ({ network }) => driverOf(engine, network).publishing(network) !== undefined,
    )
  // The fields of the time before networks had names: the default network's.
  const legacy = activeEndpointsOf(engine, sandbox).find(
    ({ network }) => network.isPredefined && network.name === 'bridge',
  )
  const bridge = legacy === undefined ? undefined : networks[legacy.network.name]
  return {
    Bridge: '',
    SandboxID: hasSandbox ? container.id : '',
    SandboxKey: hasSandbox && kind === 'own' ? sandboxPath(engine.config, container.id) : hasSandbox ? engine.host : '',
    Ports: isPublishing ? portBindings(container, sandbox) : {},
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: bridge?.EndpointID ?? '',
    Gateway: bridge?.Gateway ?? '',
    GlobalIPv6Address: bridge?.GlobalIPv6Address ?? '',
    GlobalIPv6PrefixLen: bridge?.GlobalIPv6PrefixLen ?? 0,
    IPAddress: bridge?.IPAddress ?? '',
    IPPrefixLen: bridge?.IPPrefixLen ?? 0,
    IPv6Gateway: bridge?.IPv6Gateway ?? '',
    MacAddress: bridge?.MacAddress ?? '',
    Networks: networks,
  }
}

/** Under the network's name; one that is not there stands under the name or id it was asked for by. */
function endpointEntry(
  engine: Engine,
  sandbox: SandboxRecord,
  key: string,
  endpoint: EndpointRecord,
): [string, EndpointSettings] {
  const network = engine.store.networks.get(key)
  return [network?.name ?? key, endpointSettings(sandbox, network, endpoint)]
}

function endpointSettings(
  sandbox: SandboxRecord,
  network: NetworkRecord | undefined,
  endpoint: EndpointRecord,
): EndpointSettings {
  const { request } = endpoint
  // What is not there is not shown, though the container will have it again.
  const lease = endpoint.lease?.isLost === true ? undefined : endpoint.lease
  const [ipv4, ipv6] = [lease?.ipv4, lease?.ipv6]
  return {
    IPAMConfig: ipamConfig(request.ipam),
    Links: request.links?.map(linkText) ?? null,
    Aliases: request.aliases ?? null,
    MacAddress: lease?.mac ?? '',
    DriverOpts: request.driverOptions ?? null,
    GwPriority: request.gatewayPriority ?? 0,
    // Of one that is gone, as long as it has been on it.
    NetworkID: network?.id ?? (/^[0-9a-f]{64}$/.test(endpoint.networkId) ? endpoint.networkId : ''),
    EndpointID: lease?.endpointId ?? '',
    Gateway: lease?.gateway ?? '',
    IPAddress: ipv4 === undefined ? '' : withoutPrefix(ipv4),
    IPPrefixLen: ipv4 === undefined ? 0 : prefixLength(ipv4),
    IPv6Gateway: lease?.gatewayIpv6 ?? '',
    GlobalIPv6Address: ipv6 === undefined ? '' : withoutPrefix(ipv6),
    GlobalIPv6PrefixLen: ipv6 === undefined ? 0 : prefixLength(ipv6),
    DNSNames: network !== undefined && isUserDefined(network) ? namesOf(sandbox, endpoint) : null,
  }
}

function ipamConfig(ipam: RequestedEndpoint['ipam']): EndpointSettings['IPAMConfig'] {
  if (ipam === undefined) return null
  return {
    ...(ipam.ipv4 === undefined ? {} : { IPv4Address: ipam.ipv4 }),
    ...(ipam.ipv6 === undefined ? {} : { IPv6Address: ipam.ipv6 }),
    ...(ipam.linkLocal === undefined ? {} : { LinkLocalIPs: ipam.linkLocal }),
  }
}

const linkText = ({ target, alias }: Link): string => (alias === target ? target : `${target}:${alias}`)

/** Published ports with where they are; ports that are only exposed with `null`. */
function portBindings({ options }: ContainerRecord, { ports }: SandboxRecord): PortBindings {
  const bindings: PortBindings = {}
  for (const name of exposedNames(options.network.exposedPorts)) bindings[name] = null
  for (const { hostAddress, hostPort, containerPort, protocol } of portsOf(ports)) {
    ;(bindings[`${containerPort}/${protocol}`] ??= []).push({
      HostIp: hostAddress,
      HostPort: hostPort === 0 ? '' : String(hostPort),
    })
  }
  return bindings
}

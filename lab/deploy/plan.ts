/** From a topology to everything that must be done, and what must be done before what: pure. */
import type { CreateContainerRequest } from '../../api/docker/containers.ts'
import type { ConnectNetworkRequest, CreateNetworkRequest, EndpointRequest } from '../../api/docker/networks.ts'
import type { CreateLinkRequest } from '../../api/trestle/links.ts'
import type { CreateNamespaceRequest } from '../../api/trestle/namespaces.ts'
import { antiSpoofing } from '../../api/trestle/options.ts'
import type { Link } from '../model/link.ts'
import type { Network } from '../model/network.ts'
import type { Node } from '../model/node.ts'
import type { Topology } from '../model/topology.ts'
import { containerName, engineName, labelsOf, networkName } from './names.ts'

export type Action =
  | { do: 'create network'; request: CreateNetworkRequest }
  | { do: 'create namespace'; request: CreateNamespaceRequest }
  | { do: 'create container'; name: string; request: CreateContainerRequest }
  | { do: 'connect'; network: string; request: ConnectNetworkRequest }
  | { do: 'start container'; name: string }
  | { do: 'create link'; request: CreateLinkRequest }
  | { do: 'run'; kind: 'container' | 'namespace'; name: string; command: string[] }

export interface Step {
  id: string
  /** Ids of the steps that come first. */
  after: string[]
  /** For messages: `container web`. */
  subject: string
  action: Action
}

export function planUp(topology: Topology): Step[] {
  const { name: lab, networks, nodes, links } = topology
  const made = [
    ...Object.entries(networks).map(([name, network]) => networkStep(lab, name, network)),
    ...Object.entries(nodes).flatMap(([name, node]) => nodeSteps(topology, name, node)),
    ...links.map((link, at) => linkStep(topology, link, at)),
  ]
  // Commands may speak to any other node, so that every one of them must be there.
  const everything = made.map(({ id }) => id)
  return [...made, ...Object.entries(nodes).flatMap(([name, node]) => commandSteps(lab, name, node, everything))]
}

/** Nodes speak for themselves only, unless the file says otherwise; see `trusted`. */
function guarded({ driver, options }: Network): Record<string, string> {
  return driver === 'bridge' ? { [antiSpoofing]: 'true', ...options } : options
}

function networkStep(lab: string, name: string, network: Network): Step {
  const { subnet, gateway, internal, driver } = network
  const pool = {
    ...(subnet === undefined ? {} : { Subnet: subnet }),
    ...(gateway === undefined ? {} : { Gateway: gateway }),
  }
  const request: CreateNetworkRequest = {
    Name: networkName(lab, name),
    Driver: driver,
    Internal: internal,
    Options: guarded(network),
    Labels: labelsOf(lab),
    ...(subnet === undefined ? {} : { IPAM: { Driver: 'default', Config: [pool] }, EnableIPv6: subnet.includes(':') }),
  }
  return { id: `network ${name}`, after: [], subject: `network ${name}`, action: { do: 'create network', request } }
}

function nodeSteps(topology: Topology, name: string, node: Node): Step[] {
  const { name: lab } = topology
  const subject = `node ${name}`
  if (node.image === undefined) {
    const request = { name, labels: labelsOf(lab, name), sysctls: node.sysctls }
    return [{ id: `ready ${name}`, after: [], subject, action: { do: 'create namespace', request } }]
  }
  const container = containerName(lab, name)
  const [first, ...others] = Object.entries(node.networks)
  const created = `create ${name}`
  const connects = others.map(([network]): Step => ({
    id: `connect ${name} ${network}`,
    after: [created, `network ${network}`],
    subject: `${subject} on network ${network}`,
    action: {
      do: 'connect',
      network: networkName(lab, network),
      request: { Container: container, EndpointConfig: endpoint(topology, name, network) },
    },
  }))
  // The order of connection is the order of the interfaces, so that one follows another.
  for (const [at, connect] of connects.entries()) if (at > 0) connect.after.push(connects[at - 1]!.id)
  return [
    {
      id: created,
      after: first === undefined ? [] : [`network ${first[0]}`],
      subject,
      action: { do: 'create container', name: container, request: containerRequest(topology, name, node) },
    },
    ...connects,
    {
      id: `ready ${name}`,
      after: [created, ...connects.map(({ id }) => id)],
      subject,
      action: { do: 'start container', name: container },
    },
  ]
}

function containerRequest(topology: Topology, name: string, node: Node): CreateContainerRequest {
  const { name: lab } = topology
  const [first] = Object.keys(node.networks)
  const mode = first === undefined ? 'none' : networkName(lab, first)
  const ports = node.ports.map(({ containerPort, protocol, hostAddress, hostPort }) => ({
    key: `${containerPort}/${protocol}`,
    binding: { HostIp: hostAddress, HostPort: String(hostPort) },
  }))
  return {
    Image: node.image,
    Hostname: name,
    Env: Object.entries(node.env).map(([key, value]) => `${key}=${value}`),
    Labels: labelsOf(lab, name),
    ExposedPorts: Object.fromEntries(ports.map(({ key }) => [key, {}])),
    // A shell, which is what many images run by themselves, goes on only while it has a terminal.
    ...(node.command === undefined ? { Tty: true, OpenStdin: true } : { Cmd: node.command }),
    HostConfig: {
      NetworkMode: mode,
      // A node of a lab is there to be configured.
      CapAdd: ['NET_ADMIN'],
      Sysctls: node.sysctls,
      PortBindings: Object.fromEntries(
        ports.map(({ key }) => [key, ports.filter((port) => port.key === key).map(({ binding }) => binding)]),
      ),
    },
    ...(first === undefined
      ? {}
      : { NetworkingConfig: { EndpointsConfig: { [mode]: endpoint(topology, name, first) } } }),
  }
}

/** Inside, a node is known by its plain name. */
function endpoint({ networks, nodes }: Topology, name: string, on: string): EndpointRequest {
  const [node, network] = [nodes[name]!, networks[on]!]
  const { ip, aliases } = node.networks[on]!
  const isExempt = isTrusted(node) && antiSpoofing in guarded(network)
  const address = ip === undefined ? {} : { IPAMConfig: ip.includes(':') ? { IPv6Address: ip } : { IPv4Address: ip } }
  return {
    Aliases: [name, ...aliases],
    ...address,
    ...(isExempt ? { DriverOpts: { [antiSpoofing]: 'false' } } : {}),
  }
}

/** A router forwards what others say. */
function isTrusted({ trusted, sysctls }: Node): boolean {
  const isRouter = Object.entries(sysctls).some(
    ([name, value]) => /[./](ip_forward|(mc_)?forwarding|proxy_(arp|ndp))$/.test(name) && value !== '0',
  )
  return trusted ?? isRouter
}

function linkStep({ name: lab, nodes }: Topology, { ends, mtu }: Link, at: number): Step {
  const [near, far] = ends.map((end) => ({
    ...end,
    node: engineName(lab, end.node, nodes[end.node]?.image !== undefined),
  }))
  const between = ends.map((end) => `${end.node}:${end.interface}`).join(' -- ')
  return {
    id: `link ${at}`,
    after: ends.map((end) => `ready ${end.node}`),
    subject: `link ${between}`,
    action: {
      do: 'create link',
      request: { ends: [near!, far!], labels: labelsOf(lab), ...(mtu === undefined ? {} : { mtu }) },
    },
  }
}

function commandSteps(lab: string, name: string, node: Node, after: string[]): Step[] {
  const isContainer = node.image !== undefined
  const id = (at: number) => `run ${name} ${at}`
  return node.start.map((command, at) => ({
    id: id(at),
    after: at === 0 ? after : [id(at - 1)],
    subject: `start command ${at + 1} of node ${name}`,
    action: {
      do: 'run',
      kind: isContainer ? 'container' : 'namespace',
      name: engineName(lab, name, isContainer),
      command,
    },
  }))
}

/** A small network as the daemon tells it: two containers on a bridge, two bare namespaces joined by a veth, one alone. */
import type { Graph, GraphInterface, GraphNamespace } from '../../../../api/trestle/graph.ts'

export function link(
  namespace: string,
  index: number,
  name: string,
  kind: string,
  addresses: string[],
  more: Partial<GraphInterface> = {},
): GraphInterface {
  return {
    id: `${namespace}/${index}`,
    index,
    name,
    kind,
    mac: kind === 'loopback' ? '00:00:00:00:00:00' : `02:42:ac:00:00:${index.toString(16).padStart(2, '0')}`,
    mtu: kind === 'loopback' ? 65536 : 1500,
    isUp: true,
    hasCarrier: true,
    addresses: addresses.map((address) => ({
      address,
      family: address.includes(':') ? 'ipv6' : 'ipv4',
      scope: address.startsWith('fe80') ? 'link' : kind === 'loopback' ? 'host' : 'global',
    })),
    ...more,
  }
}

export function namespace(
  id: string,
  kind: GraphNamespace['kind'],
  interfaces: GraphInterface[],
  more: Partial<GraphNamespace> = {},
): GraphNamespace {
  return {
    id,
    name: id,
    kind,
    path: `/run/trestle/netns/${id}`,
    interfaces: [link(id, 1, 'lo', 'loopback', ['127.0.0.1/8']), ...interfaces],
    routes: [],
    isForwarding: false,
    sharedBy: [],
    ...more,
  }
}

export function smallNetwork(): Graph {
  return {
    namespaces: [
      namespace('host', 'host', [
        link('host', 2, 'br-front', 'bridge', ['172.18.0.1/24', 'fe80::1/64']),
        link('host', 20, 'veth-web', 'veth', [], { master: 'host/2', peer: 'web/2' }),
        link('host', 21, 'veth-client', 'veth', [], { master: 'host/2', peer: 'client/2' }),
        link('host', 22, 'veth-foreign', 'veth', [], { master: 'host/2' }),
      ]),
      namespace('web', 'container', [link('web', 2, 'eth0', 'veth', ['172.18.0.2/24'], { peer: 'host/20' })], {
        routes: [{ destination: 'default', family: 'ipv4', gateway: '172.18.0.1', interface: 'eth0' }],
        sharedBy: ['sidecar'],
      }),
      namespace('client', 'container', [link('client', 2, 'eth0', 'veth', ['172.18.0.3/24'], { peer: 'host/21' })]),
      namespace('red', 'namespace', [
        link('red', 2, 'veth-red', 'veth', ['10.0.0.1/24'], { peer: 'blue/2', hasCarrier: false }),
      ]),
      namespace('blue', 'namespace', [
        link('blue', 2, 'veth-blue', 'veth', ['10.0.0.2/24'], { peer: 'red/2', isUp: false, hasCarrier: false }),
      ]),
      namespace('alone', 'container', []),
    ],
    networks: [
      { id: 'n1', name: 'front', driver: 'bridge', subnets: ['172.18.0.0/24'], isInternal: false, bridge: 'host/2' },
      { id: 'n2', name: 'none', driver: 'null', subnets: [], isInternal: false },
    ],
    ports: [{ container: 'web', hostAddress: '0.0.0.0', hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
  }
}

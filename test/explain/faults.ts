/** What can be wrong, one at a time; each says by which words the explanation has to name it. */
import { addresses, type Node, type Topology } from './topology.ts'
import type { Shot } from './packets.ts'

export interface Fault {
  inject: string
  /** In the cause: its object, namespace or the sentence. */
  named: RegExp
  at: Node
}

type Maker = (shot: Shot, topology: Topology) => Fault | undefined

const isBridged = (node: Node): boolean => ['a', 'b', 'c'].includes(node)
const bridgeOf = (node: Node): string => (node === 'c' ? 'br2' : 'br1')
/** The link of the other side that leads to a node. */
const portTo = (node: Node): { at: Node; link: string } | undefined =>
  isBridged(node)
    ? { at: 'host', link: node }
    : node === 'x' || node === 'y'
      ? { at: 'r', link: node }
      : node === 'out'
        ? { at: 'host', link: 'eth0' }
        : undefined
const family = ({ address }: Shot): 'ipv4' | 'ipv6' => (address.includes(':') ? 'ipv6' : 'ipv4')
const gateway = (shot: Shot, node: Node): string | undefined => {
  const all: Partial<Record<Node, { ipv4: string; ipv6: string }>> = {
    a: { ipv4: '10.1.0.1', ipv6: 'fd00:1::1' },
    b: { ipv4: '10.1.0.1', ipv6: 'fd00:1::1' },
    c: { ipv4: '10.2.0.1', ipv6: 'fd00:2::1' },
    x: { ipv4: '10.20.1.1', ipv6: 'fd00:21::1' },
    y: { ipv4: '10.20.2.1', ipv6: 'fd00:22::1' },
    out: { ipv4: '192.0.2.1', ipv6: '2001:db8::1' },
  }
  return all[node]?.[family(shot)]
}
/** The link that a node has its address on. */
const dev = (node: Node): string => (node === 'r' ? 'x' : 'eth0')
const net = (address: string): string => (address.includes(':') ? `${address}/128` : `${address}/32`)
const ip = (shot: Shot): string => (family(shot) === 'ipv6' ? 'ip -6' : 'ip')
const l3 = (shot: Shot): string => (family(shot) === 'ipv6' ? 'ip6' : 'ip')
const iptables = (shot: Shot): string => (family(shot) === 'ipv6' ? 'ip6tables-nft' : 'iptables-nft')
const port = (shot: Shot): string =>
  shot.protocol === 'icmp'
    ? `meta l4proto ${family(shot) === 'ipv6' ? 'ipv6-icmp' : 'icmp'}`
    : `${shot.protocol} dport ${shot.port}`
/** Of a server's own rules: the port behind translation. */
const innerPort = (shot: Shot): string =>
  shot.protocol === 'icmp' ? port(shot) : `${shot.protocol} dport ${servedPort(shot)}`
export const servedPort = ({ port: number }: Shot): number => (number === 8080 || number === 8081 ? 80 : number)
/** Where a published port leads. */
export const server = ({ to, port: number }: Shot): Node =>
  to !== 'host' ? to : number === 8080 ? 'b' : number === 8081 || (number >= 9000 && number < 9010) ? 'c' : 'host'
const middle = (shot: Shot): Node => (['x', 'y'].includes(shot.from) ? 'r' : 'host')
const chain = (
  hook: string,
  priority: number | string,
  rules: string[],
  type = 'filter',
  kind = 'inet',
  options = '',
): string =>
  [
    `nft add table ${kind} fault`,
    `nft add chain ${kind} fault f '{ type ${type} hook ${hook}${options} priority ${priority}; }'`,
    ...rules.map((rule) => `nft add rule ${kind} fault f ${rule}`),
  ].join(' && ')
const nft = (at: Node, inject: string): Fault => ({ at, inject, named: / fault f | FAULT / })

export const faults: Record<string, Maker> = {
  'the link of the target is down': (shot) =>
    server(shot) === 'host'
      ? undefined
      : {
          at: server(shot),
          inject: `ip link set dev ${dev(server(shot))} down`,
          named: /(eth0|x) |without carrier|no route|nobody/,
        },
  'the other end of its link is down': (shot) => {
    const end = portTo(server(shot))
    return end === undefined
      ? undefined
      : {
          at: end.at,
          inject: `ip link set dev ${end.link} down`,
          named: new RegExp(`${end.link} |eth0 without|no route`),
        }
  },
  'the bridge is down': (shot) =>
    isBridged(server(shot))
      ? { at: 'host', inject: `ip link set dev ${bridgeOf(server(shot))} down`, named: /br[12] down|no route|route/ }
      : undefined,
  'a wrong neighbour for ever': (shot) => {
    const isNear = sameNet(shot)
    const next = isNear ? shot.address : gateway(shot, shot.from)
    if (next === undefined || shot.from === 'host' || shot.from === shot.to) return undefined
    return {
      at: shot.from,
      inject: `${ip(shot)} neigh replace ${next} lladdr 02:00:00:00:00:99 dev eth0 nud permanent`,
      named: /02:00:00:00:00:99/,
    }
  },
  'a blackhole at the sender': (shot) =>
    shot.from === shot.to
      ? undefined
      : { at: shot.from, inject: `${ip(shot)} route add blackhole ${net(shot.address)}`, named: /blackhole/ },
  'an unreachable route in the middle': (shot) => {
    const target = addresses[server(shot)][family(shot)]
    return server(shot) === middle(shot)
      ? undefined
      : { at: middle(shot), inject: `${ip(shot)} route add unreachable ${net(target)}`, named: /unreachable/ }
  },
  'a rule that prohibits': (shot) => ({
    at: shot.from,
    inject: `${ip(shot)} rule add to ${net(shot.address)} priority 7 prohibit && ${ip(shot)} rule add priority 9 lookup local && ${ip(shot)} rule del priority 0`,
    named: /prohibit/,
  }),
  'a rule into a table with a blackhole': (shot) =>
    shot.from === shot.to
      ? undefined
      : {
          at: shot.from,
          inject: `${ip(shot)} route add blackhole default table 77 && ${ip(shot)} rule add to ${net(shot.address)} priority 7 lookup 77`,
          named: /blackhole default|table 77/,
        },
  'no route at the sender': (shot) =>
    shot.from === 'host' || sameNet(shot)
      ? undefined
      : { at: shot.from, inject: `${ip(shot)} route del default || true`, named: /no route/ },
  'no route back': (shot) =>
    server(shot) === 'host'
      ? undefined
      : { at: server(shot), inject: `${ip(shot)} route del default || true`, named: /no route/ },
  'nftables drops in the middle': (shot) =>
    nft(
      middle(shot),
      chain('forward', 5, ['ct state established accept', `${innerPort(shot)} counter drop comment fault`]),
    ),
  'nftables drops at the target, by a set': (shot) =>
    nft(
      server(shot),
      chain('input', -5, [
        `${l3(shot)} daddr { ${addresses[server(shot)][family(shot)]}, ${family(shot) === 'ipv4' ? '198.51.100.1' : '2001:db8:1::1'} } ${innerPort(shot)} drop`,
      ]),
    ),
  'nftables drops at the sender, by a verdict map': (shot) =>
    nft(
      shot.from,
      shot.protocol === 'icmp'
        ? chain('output', 0, ['meta l4proto vmap { icmp : drop, ipv6-icmp : drop, tcp : accept }'])
        : chain('output', 0, [`${shot.protocol} dport vmap { 1-79 : accept, ${shot.port} : drop }`]),
    ),
  'nftables drops the answer': (shot) =>
    nft(
      server(shot),
      chain('output', 0, [
        shot.protocol === 'icmp'
          ? 'icmp type echo-reply drop; nft add rule inet fault f icmpv6 type echo-reply drop'
          : `${shot.protocol} sport ${servedPort(shot)} ct state established drop`,
      ]),
    ),
  'iptables drops in the middle': (shot) => ({
    at: middle(shot),
    inject: `${iptables(shot)} -N FAULT && ${iptables(shot)} -I FORWARD -j FAULT && ${iptables(shot)} -A FAULT -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN && ${iptables(shot)} -A FAULT -d ${addresses[server(shot)][family(shot)]} -m comment --comment "no way" -j DROP`,
    named: /filter FAULT/,
  }),
  'iptables lets in nobody': (shot) => ({
    at: server(shot),
    inject: `${iptables(shot)} -A INPUT -i lo -j ACCEPT && ${iptables(shot)} -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT && ${iptables(shot)} -A INPUT -p tcp -m multiport --dports 22,7000:7010 -j ACCEPT && ${family(shot) === 'ipv6' ? 'ip6tables-nft -A INPUT -p ipv6-icmp --icmpv6-type neighbour-solicitation -j ACCEPT && ip6tables-nft -A INPUT -p ipv6-icmp --icmpv6-type neighbour-advertisement -j ACCEPT && ' : ''}${iptables(shot)} -P INPUT DROP`,
    named: /filter INPUT/,
  }),
  'nftables rejects in the middle': (shot) => nft(middle(shot), chain('forward', 10, [`${innerPort(shot)} reject`])),
  'it does not forward': (shot) => ({
    at: middle(shot),
    inject: family(shot) === 'ipv4' ? 'sysctl -qw net.ipv4.ip_forward=0' : 'sysctl -qw net.ipv6.conf.all.forwarding=0',
    named: /forward/,
  }),
  'a strict rp_filter and a way back by another link': (shot) => {
    const link = portOn(shot)
    if (family(shot) === 'ipv6' || link === undefined || shot.from === middle(shot)) return undefined
    return {
      at: middle(shot),
      inject: `sysctl -qw net.ipv4.conf.${link}.rp_filter=1 && ip link add odd type veth peer name odd2 && ip link set odd up && ip link set odd2 up && ip route add ${addresses[shot.from].ipv4}/32 dev odd`,
      named: /rp_filter/,
    }
  },
  'a way back by another link': (shot) => {
    if (family(shot) === 'ipv6' || server(shot) === 'host') return undefined
    return {
      at: server(shot),
      inject: `ip link add odd type veth peer name odd2 && ip link set odd up && ip link set odd2 up && ip route add ${addresses[shot.from].ipv4}/32 dev odd`,
      named: /odd/,
    }
  },
  'isolated ports': (shot) =>
    isBridged(shot.from) && isBridged(server(shot))
      ? {
          at: 'host',
          inject: `bridge link set dev ${shot.from} isolated on && bridge link set dev ${server(shot)} isolated on`,
          named: /isolated/,
        }
      : undefined,
  'a port that blocks': (shot) =>
    isBridged(server(shot))
      ? { at: 'host', inject: `bridge link set dev ${server(shot)} state 0`, named: /state/ }
      : undefined,
  'a forwarding entry at the wrong port': (shot, topology) =>
    isBridged(server(shot)) && bridgeOf(server(shot)) === 'br1'
      ? {
          at: 'host',
          inject: `mac=$(nsenter --net=${topology.path(server(shot))} cat /sys/class/net/eth0/address 2>/dev/null || nsenter --net=${topology.path(server(shot))} ip -br link show eth0 | awk '{print $3}'); mac=$(nsenter --net=${topology.path(server(shot))} ip -br link show eth0 | awk '{print $3}'); bridge fdb replace $mac dev ${server(shot) === 'a' ? 'b' : 'a'} master static`,
          named: /master static/,
        }
      : undefined,
  'VLANs that differ': (shot) =>
    isBridged(server(shot))
      ? {
          at: 'host',
          inject: `ip link set dev ${bridgeOf(server(shot))} type bridge vlan_filtering 1 && bridge vlan del vid 1 dev ${server(shot)} && bridge vlan add vid 5 pvid untagged dev ${server(shot)}`,
          named: /vlan/i,
        }
      : undefined,
  'the address is another': (shot) => {
    const target = server(shot)
    if (target === 'host') return undefined
    const other = addresses[target][family(shot)].replace(/\d$/, '9')
    const length = family(shot) === 'ipv4' ? 24 : 64
    return {
      at: target,
      inject: `ip address del ${addresses[target][family(shot)]}/${length} dev ${dev(target)}; ip address add ${other}/${length} dev ${dev(target)} ${family(shot) === 'ipv6' ? 'nodad' : ''}`,
      named: new RegExp(addresses[target][family(shot)].replaceAll('.', '\\.')),
    }
  },
  'a mask that is too long': (shot) => {
    const target = server(shot)
    if (target === 'host') return undefined
    const address = addresses[target][family(shot)]
    return {
      at: target,
      inject: `ip address del ${address}/${family(shot) === 'ipv4' ? 24 : 64} dev ${dev(target)}; ip address add ${net(address)} dev ${dev(target)} ${family(shot) === 'ipv6' ? 'nodad' : ''}`,
      named: /no route/,
    }
  },
  'the bridge filters': (shot) =>
    isBridged(server(shot))
      ? nft(
          'host',
          chain(
            'postrouting',
            0,
            [`oifname ${server(shot)} ${l3(shot)} daddr ${addresses[server(shot)][family(shot)]} drop`],
            'filter',
            'bridge',
          ),
        )
      : undefined,
  'a device filters what comes in': (shot) =>
    server(shot) === 'host'
      ? undefined
      : nft(
          server(shot),
          chain(
            'ingress',
            0,
            [
              `${l3(shot)} daddr ${addresses[server(shot)][family(shot)]} ${shot.protocol === 'icmp' ? '' : innerPort(shot)} drop`,
            ],
            'filter',
            'netdev',
            ` device ${dev(server(shot))}`,
          ),
        ),
  'no IPv6': (shot) =>
    family(shot) === 'ipv6' && server(shot) !== 'host'
      ? {
          at: server(shot),
          inject: `sysctl -qw net.ipv6.conf.${dev(server(shot))}.disable_ipv6=1`,
          named: /disable_ipv6|fd00|2001:db8/,
        }
      : undefined,
  'pings are ignored': (shot) =>
    shot.protocol === 'icmp'
      ? {
          at: server(shot),
          inject:
            family(shot) === 'ipv4'
              ? 'sysctl -qw net.ipv4.icmp_echo_ignore_all=1'
              : 'sysctl -qw net.ipv6.icmp.echo_ignore_all=1',
          named: /echo_ignore_all/,
        }
      : undefined,
  'no ARP': (shot) =>
    family(shot) === 'ipv4' && server(shot) !== 'host'
      ? {
          at: server(shot),
          inject: `ip link set dev ${dev(server(shot))} arp off`,
          named: /dev (br[12]|eth0|x|y)|arp/i,
        }
      : undefined,
  'translated to nobody': (shot) =>
    shot.protocol === 'icmp' || shot.from === shot.to
      ? undefined
      : nft2(
          middle(shot),
          `nft add table inet fault && nft add chain inet fault f '{ type nat hook prerouting priority -110; }' && nft add rule inet fault f ${port(shot)} dnat ${l3(shot)} to ${family(shot) === 'ipv4' ? '10.1.0.77' : 'fd00:1::77'}`,
        ),
  'a small MTU at the end': (shot) => {
    const end = portTo(server(shot))
    return shot.sizeBytes <= 1300 || end === undefined
      ? undefined
      : { at: end.at, inject: `ip link set dev ${end.link} mtu 1280`, named: /mtu 1280/ }
  },
}

const nft2 = (at: Node, inject: string): Fault => ({ at, inject, named: /\.77|::77/ })

/** Whether no router is between them. */
export function sameNet({ from, to }: Shot): boolean {
  const nets: Record<Node, string> = { host: 'up', out: 'up', a: 'br1', b: 'br1', c: 'br2', x: 'x', r: 'x', y: 'y' }
  return nets[from] === nets[to]
}

/** By which link of the middle the packet comes in. */
function portOn({ from }: Shot): string | undefined {
  return isBridged(from) ? bridgeOf(from) : from === 'x' || from === 'y' ? from : from === 'out' ? 'eth0' : undefined
}

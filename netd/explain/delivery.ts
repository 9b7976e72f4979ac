/** Who takes a packet that has come to its namespace. */
import { isWildcard } from '../../api/address/family.ts'
import { isSameAddress } from '../../api/address/address.ts'
import type { KernelError } from '../kernel/kernel.ts'
import type { Link, Listener } from '../kernel/model.ts'
import type { Packet } from './packet.ts'
import type { Report, Stop } from './report.ts'
import type { Place, World } from './world.ts'

/** A socket that is bound to the address or to all of them; one of IPv6 takes IPv4, too, unless it has IPV6_V6ONLY. */
function takes(listener: Listener, packet: Packet, input: Link): boolean {
  if (listener.port !== packet.destinationPort.low) return false
  if (listener.linkIndex !== undefined && listener.linkIndex !== input.index) return false
  if (listener.family === packet.family)
    return isWildcard(listener.address) || isSameAddress(listener.address, packet.destination)
  if (packet.family !== 'ipv4' || listener.isIpv6Only) return false
  return listener.address === '::' || listener.address === `::ffff:${packet.destination}`
}

export async function deliver(
  world: World,
  report: Report,
  place: Place,
  packet: Packet,
  input: Link,
): Promise<Stop | undefined> {
  if (packet.protocol === 'icmp') {
    const name = packet.family === 'ipv4' ? 'net.ipv4.icmp_echo_ignore_all' : 'net.ipv6.icmp.echo_ignore_all'
    const value = (await world.kernel.sysctls(place.path, [name]))[name]
    if (value === '1')
      return report.stop('sysctl', place, `sysctl ${name}`, 'pings are not answered', {
        kind: 'sysctl',
        object: `${name} = 1`,
        remedy: `sysctl -w ${name}=0`,
      })
    report.ok('delivery', place, 'the kernel', 'answers pings itself')
    return undefined
  }
  const port = packet.destinationPort.low
  const looked = `ss -ln${packet.protocol === 'tcp' ? 't' : packet.protocol === 'udp' ? 'u' : 'S'} sport = :${port}`
  let listeners: Listener[]
  try {
    listeners = await world.kernel.listeners(place.path, packet.protocol)
  } catch (error) {
    return report.unsure(
      'socket',
      place,
      looked,
      `this kernel does not tell which ${packet.protocol} sockets there are (${(error as KernelError).errno})`,
    )
  }
  const taker = listeners.find((listener) => takes(listener, packet, input))
  if (taker !== undefined) {
    report.ok('socket', place, looked, `a socket on ${taker.address} port ${port} takes it`)
    return packet.protocol === 'udp' && isWildcard(taker.address)
      ? answersFromElsewhere(world, report, place, packet)
      : undefined
  }
  const elsewhere = listeners.filter((listener) => listener.port === port).map(({ address }) => address)
  const found =
    elsewhere.length === 0
      ? `nobody listens on ${packet.protocol} port ${port}`
      : `${packet.protocol} port ${port} is listened on at ${elsewhere.join(', ')} only, not at ${packet.destination}`
  return report.stop('socket', place, looked, found, {
    kind: 'socket',
    object:
      elsewhere.length === 0
        ? `no socket on ${packet.protocol} port ${port}`
        : `socket on ${elsewhere.join(', ')} port ${port}`,
    remedy:
      elsewhere.length === 0
        ? `start the server, or let it listen on ${port}`
        : `let it listen on ${packet.destination} or on all addresses`,
  })
}

/** A datagram socket on all addresses answers from the one that the route has, unless its program minds (IP_PKTINFO, ip(7)). */
async function answersFromElsewhere(
  world: World,
  report: Report,
  place: Place,
  packet: Packet,
): Promise<Stop | undefined> {
  const answer = await world.kernel.lookupRoute(place.path, { destination: packet.source })
  const source = 'source' in answer ? answer.source : undefined
  if (source === undefined || isSameAddress(source, packet.destination)) return undefined
  return report.unsure(
    'socket',
    place,
    `ip route get ${packet.source}`,
    `a program that listens on all addresses answers from ${source}, not from ${packet.destination}, unless it sees to that itself (IP_PKTINFO)`,
    {
      kind: 'socket',
      object: `udp socket on all addresses, port ${packet.destinationPort.low}`,
      remedy: `ask ${source} instead, or let the server listen on ${packet.destination}`,
    },
  )
}

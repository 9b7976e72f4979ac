/** What the routing tables of a namespace say, asked of the kernel itself, and why it refuses. */
import { contains } from '../../api/address/subnet.ts'
import type { Link, Route, RouteAnswer } from '../kernel/model.ts'
import { protocolNumber, type Packet } from './packet.ts'
import type { Report, Stop } from './report.ts'
import type { Place, World } from './world.ts'

/** iproute2's etc/iproute2/rt_tables. */
const tableNames: Record<number, string> = { 253: 'default', 254: 'main', 255: 'local' }
const tableName = (table: number): string => tableNames[table] ?? String(table)

export type Routed =
  { kind: 'local' } | { kind: 'forward'; output: Link; nextHop: string; source?: string } | { kind: 'stop'; stop: Stop }

function question(
  packet: Packet,
  input: Link | undefined,
): { text: string; ask: Parameters<World['kernel']['lookupRoute']>[1] } {
  const { source, destination, mark } = packet
  return {
    text: [
      `ip route get ${destination}`,
      ...(source === '' ? [] : [`from ${source}`]),
      ...(input === undefined ? [] : [`iif ${input.name}`]),
      ...(mark === 0 ? [] : [`mark 0x${mark.toString(16)}`]),
    ].join(' '),
    ask: {
      destination,
      ...(source === '' ? {} : { source }),
      ...(input === undefined ? {} : { inputIndex: input.index }),
      mark,
      ...(packet.protocol === 'icmp' && packet.family === 'ipv6' ? {} : { protocol: protocolNumber(packet) }),
      ...(packet.destinationPort.low === 0 ? {} : { destinationPort: packet.destinationPort.low }),
    },
  }
}

function routeText(place: Place, route: Route): string {
  const via = route.gateway === undefined ? '' : ` via ${route.gateway}`
  const dev = route.linkIndex === undefined ? '' : ` dev ${place.link(route.linkIndex)?.name ?? route.linkIndex}`
  return `${route.type === 'unicast' ? '' : `${route.type} `}${route.destination}${via}${dev} table ${tableName(route.table)}`
}

/** The line of `ip rule` that leads to the table, when it is none of the three that are always there. */
function ruleText({ survey }: Place, { family, table }: Route): string {
  const rule = survey.rules.find((one) => one.family === family && one.table === table)
  return rule === undefined || [0, 32_766, 32_767].includes(rule.priority) ? '' : ` (rule ${rule.text})`
}

/** @param input undefined for a packet of our own; one without a source is given it */
export async function route(world: World, report: Report, place: Place, packet: Packet, input?: Link): Promise<Routed> {
  const { text, ask } = question(packet, input)
  const answer = await world.kernel.lookupRoute(place.path, ask)
  if (!('route' in answer))
    return { kind: 'stop', stop: await refused(world, report, place, packet, input, text, answer) }
  const { route: found, entry, source } = answer
  if (found.type === 'unicast' || found.type === 'local') {
    const output = place.link(found.linkIndex)
    if (found.type === 'unicast' && output !== undefined) {
      report.ok(
        'route',
        place,
        text,
        `${routeText(place, { ...(entry ?? found), table: found.table })}${ruleText(place, found)}${source === undefined ? '' : `, source ${source}`}`,
      )
      return {
        kind: 'forward',
        output,
        nextHop: found.gateway ?? packet.destination,
        ...(source === undefined ? {} : { source }),
      }
    }
    report.ok('route', place, text, 'an address of its own')
    return input === undefined && output !== undefined
      ? { kind: 'forward', output, nextHop: packet.destination, ...(source === undefined ? {} : { source }) }
      : { kind: 'local' }
  }
  const line = routeText(place, { ...(entry ?? found), table: found.table })
  if (toSeveral.has(found.type))
    return {
      kind: 'stop',
      stop: report.unsure(
        'route',
        place,
        text,
        `${packet.destination} is for several at once (${found.type}), which is not followed`,
      ),
    }
  return {
    kind: 'stop',
    stop: report.stop('route', place, text, `the route ${line} takes it`, {
      kind: 'route',
      object: line,
      remedy: `ip route delete ${line}`,
    }),
  }
}

/** RTN_*, linux/rtnetlink.h. */
const toSeveral = new Set<string>(['broadcast', 'multicast', 'anycast'])

/** The route behind a refusal: blackhole, unreachable and prohibit answer with an error of their own (fib_props, net/ipv4/fib_semantics.c). */
const refusals: Record<string, string> = { EINVAL: 'blackhole', EHOSTUNREACH: 'unreachable', EACCES: 'prohibit' }

async function refused(
  world: World,
  report: Report,
  place: Place,
  packet: Packet,
  input: Link | undefined,
  text: string,
  { errno }: Exclude<RouteAnswer, { route: Route }>,
): Promise<Stop> {
  if (input !== undefined) {
    const sysctl = await bySysctl(world, report, place, packet, input, text, errno)
    if (sysctl !== undefined) return sysctl
  }
  const type = refusals[errno]
  const routes = await world.kernel.routes(place.path)
  const line = routes.find(
    (one) => one.family === packet.family && one.type === type && covers(one, packet.destination),
  )
  if (line !== undefined) {
    const object = routeText(place, line)
    return report.stop('route', place, text, `the route ${object} takes it`, {
      kind: 'route',
      object,
      remedy: `ip route delete ${object}`,
    })
  }
  const rule = place.survey.rules.find(
    (one) => one.family === packet.family && / (blackhole|unreachable|prohibit)$/.test(one.text),
  )
  if (rule !== undefined)
    return report.stop('route', place, text, `the rule "${rule.text}" refuses it`, {
      kind: 'rule',
      object: rule.text,
      remedy: `ip rule delete priority ${rule.priority}`,
    })
  const onLink = `there is no route to ${packet.destination}`
  return report.stop('route', place, text, `${onLink} (${errno})`, {
    kind: 'route',
    object: `no route to ${packet.destination}`,
    remedy: `ip route add ${packet.destination} via …, or a default route`,
  })
}

const covers = ({ destination }: Route, address: string): boolean =>
  destination === 'default' || contains(destination, address)

/** Why the kernel refuses to take in a packet (ip_route_input_slow and fib_validate_source, net/ipv4). */
async function bySysctl(
  world: World,
  report: Report,
  place: Place,
  packet: Packet,
  input: Link,
  text: string,
  errno: string,
): Promise<Stop | undefined> {
  const conf = (who: string, name: string): string => `net.ipv4.conf.${who.replaceAll('.', '/')}.${name}`
  const read = (...names: string[]) => world.kernel.sysctls(place.path, names)
  const because = (found: string, name: string, value: string, wanted: string): Stop =>
    report.stop('sysctl', place, `sysctl ${name}`, found, {
      kind: 'sysctl',
      object: `${name} = ${value}`,
      remedy: `sysctl -w ${name}=${wanted}`,
    })
  if (packet.family === 'ipv4' && (errno === 'EINVAL' || errno === 'EXDEV')) {
    const isLoopback = [packet.source, packet.destination].some((address) => address.startsWith('127.'))
    if (isLoopback)
      return because(
        `${packet.source} to ${packet.destination} comes in by ${input.name}, where loopback addresses are not taken`,
        conf(input.name, 'route_localnet'),
        '0',
        '1',
      )
    if (place.has(packet.source))
      return because(
        `${packet.source} is its own address, and comes in by ${input.name}`,
        conf(input.name, 'accept_local'),
        '0',
        '1',
      )
    const names = [conf('all', 'rp_filter'), conf(input.name, 'rp_filter')]
    const values = await read(...names)
    // IN_DEV_RPFILTER is the larger of both: 1 wants the way back by the same interface, 2 any way back.
    const name = names.toSorted((a, b) => Number(values[b] ?? 0) - Number(values[a] ?? 0))[0]!
    const back = await world.kernel.lookupRoute(place.path, { destination: packet.source })
    const isBack = 'route' in back && (values[name] === '2' || back.route.linkIndex === input.index)
    if (values[name] !== '0' && !isBack)
      return because(
        `an answer to ${packet.source} would not leave by ${input.name}, and rp_filter minds that`,
        name,
        values[name] ?? '?',
        '0',
      )
  }
  if (packet.family === 'ipv4' && errno === 'EHOSTUNREACH') {
    const name = conf(input.name, 'forwarding')
    const values = await read(name, 'net.ipv4.ip_forward')
    if (values[name] === '0' && !place.has(packet.destination)) {
      const isAll = values['net.ipv4.ip_forward'] === '0'
      return because(
        `it is for somebody else, and ${place.name} does not forward`,
        isAll ? 'net.ipv4.ip_forward' : name,
        '0',
        '1',
      )
    }
  }
  return undefined
}

/** Ports of a container, as images and requests name them: `80/tcp`, `8000-8010/udp`, `53`. */
import { errors } from '../../../api/errors.ts'
import type { ExposedPort, Protocol } from '../../store/container-options.ts'

const protocols = ['tcp', 'udp', 'sctp']

/** From here on neighbours are rows: clients take ranges apart, and 65,535 ports would be as many entries of the record. */
const manyPorts = 256

/** Throws 400. */
export function parseExposedPorts(specs: string[]): ExposedPort[] {
  return joinExposedPorts(
    specs.map(parsePortSpec).map(({ first, last, protocol }) => ({ port: first, last, protocol })),
  )
}

/** Each once. Counted before anything is taken apart: a request has room for more ranges than memory has for their ports. */
export function joinExposedPorts(ports: ExposedPort[]): ExposedPort[] {
  const count = ports.reduce((sum, { port, last = port }) => sum + last - port + 1, 0)
  if (count >= manyPorts) return joinRows(ports)
  const single = ports.flatMap(({ port, last = port, protocol }) =>
    Array.from({ length: last - port + 1 }, (_, at): ExposedPort => ({ port: port + at, protocol })),
  )
  return [...new Map(single.map((one) => [`${one.port}/${one.protocol}`, one])).values()]
}

function joinRows(ports: ExposedPort[]): ExposedPort[] {
  const rows: ExposedPort[] = []
  for (const group of Map.groupBy(ports, ({ protocol }) => protocol).values())
    for (const { port, last = port, protocol } of group.toSorted((one, other) => one.port - other.port)) {
      const row = rows.at(-1)
      const end = row?.last ?? row?.port ?? 0
      if (row?.protocol !== protocol || end < port - 1) rows.push({ port, ...(last > port ? { last } : {}), protocol })
      else if (last > end) row.last = last
    }
  return rows
}

/** `80/tcp` of each. */
export const exposedNames = (ports: ExposedPort[]): string[] =>
  ports.flatMap(({ port, last = port, protocol }) =>
    Array.from({ length: last - port + 1 }, (_, at) => `${port + at}/${protocol}`),
  )

/** Throws 400. */
export function parsePortSpec(spec: string): { first: number; last: number; protocol: Protocol } {
  const [range = '', name = 'tcp', ...rest] = spec.split('/')
  const protocol = name.toLowerCase()
  if (!protocols.includes(protocol) || rest.length > 0)
    throw errors.invalidParameter(
      `invalid protocol in port specification "${spec}": it is one of ${protocols.join(', ')}`,
    )
  const [first, last] = parsePortRange(range, 1)
  return { first, last, protocol: protocol as Protocol }
}

/** First and last. Throws 400, also for one below `lowest`. */
export function parsePortRange(range: string, lowest: number): [number, number] {
  const [, start = '', end = start] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range) ?? []
  const [first, last] = [Number(start), Number(end)]
  if (start === '' || first < lowest || last < first || last > 65535)
    throw errors.invalidParameter(`invalid port specification: "${range}"`)
  return [first, last]
}

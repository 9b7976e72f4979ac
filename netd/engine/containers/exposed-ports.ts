/** Ports of a container, as images and requests name them: `80/tcp`, `8000-8010/udp`, `53`. */
import { errors } from '../../../api/errors.ts'
import type { ExposedPort, Protocol } from '../../store/container-options.ts'

const protocols = ['tcp', 'udp', 'sctp']

/** Every port of it. Throws 400. */
export function parseExposedPorts(spec: string): ExposedPort[] {
  const { first, last, protocol } = parsePortSpec(spec)
  return Array.from({ length: last - first + 1 }, (_, at) => ({ port: first + at, protocol }))
}

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
  const [start, end = start] = range.split('-')
  const isPort = (text: string | undefined): boolean =>
    text !== undefined && /^\d{1,5}$/.test(text) && Number(text) >= lowest && Number(text) <= 65535
  if (!isPort(start) || !isPort(end) || Number(start) > Number(end))
    throw errors.invalidParameter(`invalid port specification: "${range}"`)
  return [Number(start), Number(end)]
}

/** Rows of ports, one to one: a single port is a row of one. Arithmetic on what is published, and on which part of it is meant. */
import type { PublishedPort } from './records.ts'

/** Which publications are meant: all of these container ports, or only those at these ports, or this address, of the host. */
export interface PortChoice {
  protocol: PublishedPort['protocol']
  containerPort: number
  containerPortEnd: number
  hostPort?: number
  hostPortEnd?: number
  hostAddress?: string
}

export const countOf = ({ count = 1 }: Pick<PublishedPort, 'count'>): number => count

/** Of a row, the part that is chosen and what is beside it; undefined when nothing of it is. */
export function cut<Row extends PublishedPort>(row: Row, choice: PortChoice): { chosen: Row; rest: Row[] } | undefined {
  const { protocol, hostAddress, hostPort, hostPortEnd = hostPort } = choice
  if (protocol !== row.protocol || (hostAddress !== undefined && hostAddress !== row.hostAddress)) return undefined
  const last = row.containerPort + countOf(row) - 1
  const offset = row.hostPort - row.containerPort
  if (isPairwise(choice) && choice.hostPort! - choice.containerPort !== offset) return undefined
  const from = Math.max(row.containerPort, choice.containerPort, (hostPort ?? 0) - offset)
  const to = Math.min(last, choice.containerPortEnd, (hostPortEnd ?? Infinity) - offset)
  if (from > to) return undefined
  const rest = [
    ...(from > row.containerPort ? [slice(row, row.containerPort, from - 1)] : []),
    ...(to < last ? [slice(row, to + 1, last)] : []),
  ]
  return { chosen: slice(row, from, to), rest }
}

/** As many host ports as container ports, of which there are several: each goes with one. */
function isPairwise({ containerPort, containerPortEnd, hostPort, hostPortEnd = hostPort }: PortChoice): boolean {
  if (hostPort === undefined || hostPortEnd === undefined || containerPortEnd === containerPort) return false
  return hostPortEnd - hostPort === containerPortEnd - containerPort
}

function slice<Row extends PublishedPort>(row: Row, from: number, to: number): Row {
  const part = { ...row, hostPort: row.hostPort + from - row.containerPort, containerPort: from, count: to - from + 1 }
  if (from === to) delete (part as PublishedPort).count
  return part
}

/** One by one. */
export function* portsOf<Row extends PublishedPort>(rows: Iterable<Row>): Generator<Row> {
  for (const row of rows) {
    if (row.count === undefined) yield row
    else for (let at = 0; at < row.count; at++) yield slice(row, row.containerPort + at, row.containerPort + at)
  }
}

/** What is left of rows when these, or parts of them, are gone. */
export function without<Row extends PublishedPort>(rows: Row[], gone: PublishedPort[]): Row[] {
  return gone.map(choiceOf).reduce((left, choice) => left.flatMap((row) => cut(row, choice)?.rest ?? [row]), rows)
}

function choiceOf(row: PublishedPort): PortChoice {
  const { protocol, hostAddress, hostPort, containerPort } = row
  const more = countOf(row) - 1
  return {
    protocol,
    hostAddress,
    hostPort,
    hostPortEnd: hostPort + more,
    containerPort,
    containerPortEnd: containerPort + more,
  }
}

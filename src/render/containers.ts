import type { ContainerSummary, Port } from '../../api/docker/containers.ts'
import { labelFields, type Listing, type Row } from './list.ts'
import { humanDuration } from './units.ts'

export const containerListing: Listing = {
  headings: {
    ID: 'CONTAINER ID',
    Image: 'IMAGE',
    Command: 'COMMAND',
    RunningFor: 'CREATED',
    CreatedAt: 'CREATED AT',
    Status: 'STATUS',
    State: 'STATE',
    Ports: 'PORTS',
    Names: 'NAMES',
    Networks: 'NETWORKS',
    Mounts: 'MOUNTS',
    Labels: 'LABELS',
  },
  columns: ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names'],
  key: 'ID',
}

const commandWidth = 20

export function containerRow(container: ContainerSummary, isTruncated: boolean, now: Date): Row {
  const command = isTruncated ? ellipsis(container.Command, commandWidth) : container.Command
  return {
    ID: isTruncated ? container.Id.slice(0, 12) : container.Id,
    Image:
      container.Image === ''
        ? '<no image>'
        : isTruncated
          ? container.Image.replace(/^sha256:([0-9a-f]{12})[0-9a-f]+$/, '$1')
          : container.Image,
    Command: JSON.stringify(command),
    RunningFor: `${humanDuration(now.getTime() - container.Created * 1000)} ago`,
    CreatedAt: new Date(container.Created * 1000).toISOString(),
    Status: container.Status,
    State: container.State,
    Ports: formatPorts(container.Ports),
    Names: (container.Names ?? [])
      .map((name) => name.replace(/^\//, ''))
      // A legacy link shows as `other/alias`, which is not the container's own name.
      .filter((name) => !isTruncated || !name.includes('/'))
      .join(','),
    Networks: Object.keys(container.NetworkSettings?.Networks ?? {}).join(','),
    Mounts: (container.Mounts ?? []).map(({ Source }) => (isTruncated ? ellipsis(Source, 15) : Source)).join(','),
    ...labelFields(container.Labels),
  }
}

/**
 * Docker's way: ports that keep their number run together as ranges, in the order they begin; then come those that are
 * published under another number, one by one.
 */
export function formatPorts(ports: Port[] | null): string {
  const sorted = (ports ?? []).toSorted(
    (a, b) =>
      a.PrivatePort - b.PrivatePort ||
      compare(a.IP ?? '', b.IP ?? '') ||
      (a.PublicPort ?? 0) - (b.PublicPort ?? 0) ||
      compare(a.Type, b.Type),
  )
  const done: string[] = []
  const open = new Map<string, PortRange>()
  const mapped: string[] = []
  for (const { IP, PrivatePort, PublicPort, Type } of sorted) {
    if (IP && PublicPort !== PrivatePort) {
      mapped.push(`${bracketed(IP)}:${PublicPort}->${PrivatePort}/${Type}`)
      continue
    }
    const key = IP ? `${IP}/${Type}` : Type
    const range = open.get(key)
    if (range !== undefined && PrivatePort === range.last + 1) {
      range.last = PrivatePort
      continue
    }
    if (range !== undefined) done.push(formatRange(range))
    // Set again, a key keeps its place: the first of its kind decides the order.
    open.set(key, { IP, Type, first: PrivatePort, last: PrivatePort })
  }
  return [...done, ...[...open.values()].map(formatRange), ...mapped].join(', ')
}

interface PortRange {
  IP: string | undefined
  Type: string
  first: number
  last: number
}

function formatRange({ IP, Type, first, last }: PortRange): string {
  const ports = first === last ? String(first) : `${first}-${last}`
  return IP ? `${bracketed(IP)}:${ports}->${ports}/${Type}` : `${ports}/${Type}`
}

function bracketed(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip
}

function ellipsis(text: string, width: number): string {
  const letters = Array.from(text)
  return letters.length <= width ? text : `${letters.slice(0, width - 1).join('')}…`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

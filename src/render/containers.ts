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
    Image: container.Image === '' ? '<no image>' : isTruncated ? container.Image.replace(/^sha256:([0-9a-f]{12})[0-9a-f]+$/, '$1') : container.Image,
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

/** `0.0.0.0:8000-8002->80-82/tcp, 90/udp`: neighbours that run on together are one range. */
export function formatPorts(ports: Port[] | null): string {
  const sorted = (ports ?? []).toSorted(
    (a, b) => a.PrivatePort - b.PrivatePort || compare(a.IP ?? '', b.IP ?? '') || (a.PublicPort ?? 0) - (b.PublicPort ?? 0) || compare(a.Type, b.Type),
  )
  const groups: { first: Port; last: Port }[] = []
  for (const port of sorted) {
    const group = groups.find(({ last }) => continues(last, port))
    if (group === undefined) groups.push({ first: port, last: port })
    else group.last = port
  }
  return groups.map(formatGroup).join(', ')
}

function continues(last: Port, port: Port): boolean {
  const isNextPublic = last.PublicPort === undefined ? port.PublicPort === undefined : port.PublicPort === last.PublicPort + 1
  return last.Type === port.Type && last.IP === port.IP && port.PrivatePort === last.PrivatePort + 1 && isNextPublic
}

function formatGroup({ first, last }: { first: Port; last: Port }): string {
  const range = (from: number, to: number) => (from === to ? String(from) : `${from}-${to}`)
  const inside = `${range(first.PrivatePort, last.PrivatePort)}/${first.Type}`
  if (first.PublicPort === undefined) return inside
  const address = first.IP?.includes(':') === true ? `[${first.IP}]` : (first.IP ?? '')
  return `${address}:${range(first.PublicPort, last.PublicPort!)}->${inside}`
}

function ellipsis(text: string, width: number): string {
  const letters = [...text]
  return letters.length <= width ? text : `${letters.slice(0, width - 1).join('')}…`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

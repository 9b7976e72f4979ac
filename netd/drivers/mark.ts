/**
 * Our mark: the alias of every link we make, so that a sweeper can tell ours from others', and this daemon's from
 * another's. `ip link` shows it to whoever wonders what `veth4f2a11c` is.
 */
import { birthGroup } from '../kernel/birth-group.ts'
import type { Link } from '../kernel/model.ts'
import type { DriverContext } from './driver.ts'

export type MarkedAs = { kind: 'network'; networkId: string } | { kind: 'endpoint'; endpointId: string }

/** Of a network's bridge. */
export function networkMark({ table }: Pick<DriverContext, 'table'>, networkId: string): string {
  return `${table} network ${networkId}`
}

/** Of an endpoint's end in the host namespace. */
export function endpointMark({ table }: Pick<DriverContext, 'table'>, endpointId: string): string {
  return `${table} endpoint ${endpointId}`
}

/** Undefined for a link that is not this daemon's. */
export function readMark({ table }: Pick<DriverContext, 'table'>, alias: string | undefined): MarkedAs | undefined {
  const [owner, kind, id, ...rest] = alias?.split(' ') ?? []
  if (owner !== table || id === undefined || rest.length > 0) return undefined
  if (kind === 'network') return { kind, networkId: id }
  return kind === 'endpoint' ? { kind, endpointId: id } : undefined
}

/** Made by a daemon of this data root that was killed before it could give the link its mark. */
export function isHalfBorn({ table }: Pick<DriverContext, 'table'>, { alias, group }: Link): boolean {
  return alias === undefined && group === birthGroup(table)
}

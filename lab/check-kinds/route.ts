/** A route of a node's main table. */
import { z } from 'zod'
import { isSameAddress } from '../../api/address/address.ts'
import { isSameSubnet } from '../../api/address/subnet.ts'
import { address } from '../yaml/values.ts'
import { defineKind } from './kind.ts'
import { findNode } from './scene.ts'

const schema = z.strictObject({
  node: z.string(),
  to: z.union([z.literal('default'), z.cidrv4(), z.cidrv6()], 'not "default" or a subnet such as 10.2.0.0/24'),
  via: address.optional(),
  dev: z.string().optional(),
  exists: z.boolean().default(true),
})

/** As `ip route` names them. */
interface Route {
  to: string
  via?: string | undefined
  dev?: string | undefined
}

function say({ to, via, dev }: Route): string {
  return `${to}${via === undefined ? '' : ` via ${via}`}${dev === undefined ? '' : ` dev ${dev}`}`
}

export const route = defineKind({
  schema,
  words: {
    missing: ({ node, wanted, has }: { node: string; wanted: Route; has: Route[] }) =>
      `${node} has no route ${say(wanted)}; it has: ${has.map(say).join(', ') || 'none'}`,
    present: ({ node, found }: { node: string; found: Route }) => `${node} still has the route ${say(found)}`,
  },
  nodes: ({ node }) => [{ key: 'node', node }],
  judge({ node, exists, ...wanted }, scene) {
    const has = findNode(scene, node).routes.map((route): Route => ({
      to: route.destination,
      via: route.gateway,
      dev: route.interface,
    }))
    const found = has.find((route) => matches(route, wanted))
    if (exists) return found === undefined ? { code: 'missing', values: { node, wanted, has } } : undefined
    return found === undefined ? undefined : { code: 'present', values: { node, found } }
  },
})

function matches(route: Route, { to, via, dev }: Route): boolean {
  const isThere = to === 'default' || route.to === 'default' ? to === route.to : isSameSubnet(to, route.to)
  if (!isThere) return false
  if (via !== undefined && (route.via === undefined || !isSameAddress(route.via, via))) return false
  return dev === undefined || route.dev === dev
}

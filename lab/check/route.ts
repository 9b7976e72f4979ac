import type { GraphRoute } from '../../api/trestle/graph.ts'
import type { RouteCheck } from '../model/check.ts'
import { isSameAddress, subnetOf } from '../model/cidr.ts'
import { findNode, type Scene, type Verdict } from './scene.ts'

export function checkRoute(check: RouteCheck, scene: Scene): Verdict {
  const { routes } = findNode(scene, check.node)
  const found = routes.find((route) => matches(route, check))
  if (check.exists)
    return found === undefined
      ? `${check.node} has no route ${describeWanted(check)}; it has: ${routes.map(describe).join(', ') || 'none'}`
      : undefined
  return found === undefined ? undefined : `${check.node} still has the route ${describe(found)}`
}

function matches(route: GraphRoute, { to, via, dev }: RouteCheck): boolean {
  if (
    to === 'default' || route.destination === 'default'
      ? to !== route.destination
      : subnetOf(to) !== subnetOf(route.destination)
  )
    return false
  if (via !== undefined && (route.gateway === undefined || !isSameAddress(route.gateway, via))) return false
  return dev === undefined || route.interface === dev
}

function describe({ destination, gateway, interface: dev }: GraphRoute): string {
  return [destination, gateway === undefined ? '' : ` via ${gateway}`, dev === undefined ? '' : ` dev ${dev}`].join('')
}

function describeWanted({ to, via, dev }: RouteCheck): string {
  return describe({
    destination: to,
    ...(via === undefined ? {} : { gateway: via }),
    ...(dev === undefined ? {} : { interface: dev }),
  } as GraphRoute)
}

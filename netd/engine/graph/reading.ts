/** What the kernel says about one namespace, in one go. */
import type { Kernel, Namespace } from '../../kernel/kernel.ts'
import type { Address, Link, Route } from '../../kernel/model.ts'

export interface Reading {
  links: Link[]
  addresses: Address[]
  routes: Route[]
  isForwarding: boolean
  /** Which namespace each IFLA_LINK_NETNSID of these links means, as far as it is one of the candidates. */
  nsids: Map<number, Namespace>
}

/** Throws KernelError, for example when the namespace is gone. */
export async function readNamespace(kernel: Kernel, namespace: Namespace, candidates: Namespace[]): Promise<Reading> {
  const [links, addresses, routes, forwarding] = await Promise.all([
    kernel.links(namespace),
    kernel.addresses(namespace),
    kernel.routes(namespace),
    kernel.sysctl(namespace, 'net.ipv4.ip_forward'),
  ])
  // Only after the dump of links: it is this dump that makes the kernel allot an id to each peer's namespace.
  const isAnyElsewhere = links.some((link) => link.linkNetnsId !== undefined)
  const nsids = isAnyElsewhere
    ? await kernel.peerNamespaces(
        namespace,
        candidates.filter((candidate) => candidate !== namespace),
      )
    : new Map<number, Namespace>()
  return { links, addresses, routes, isForwarding: forwarding.trim() === '1', nsids }
}

/** Whether a link's other end lies in a namespace that was not among the candidates when this was read. */
export function hasUnknownPeer({ links, nsids }: Reading): boolean {
  return links.some(({ linkNetnsId }) => linkNetnsId !== undefined && !nsids.has(linkNetnsId))
}

/**
 * The namespaces that hold the other ends of links that were set up or down in between. There the carrier has changed
 * at once, but the kernel may tell so only a second later (linkwatch_schedule_work in net/core/link_watch.c).
 */
export function namespacesAffected(before: Reading, after: Reading): Namespace[] {
  const wasUp = new Map(before.links.map(({ index, isUp }) => [index, isUp]))
  const turned = after.links.filter(({ index, isUp }) => wasUp.has(index) && wasUp.get(index) !== isUp)
  return turned
    .flatMap(({ linkNetnsId }) => (linkNetnsId === undefined ? [] : [after.nsids.get(linkNetnsId)]))
    .filter((path) => path !== undefined)
}

/** Ids of the namespaces and interfaces that a search means; undefined for no search. */
import type { GraphIndex } from './graph-index.ts'

export function search(
  { namespaces, interfaces, networkOfBridge, portsOf }: GraphIndex,
  text: string,
): Set<string> | undefined {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return undefined
  const isIn = (...texts: (string | undefined)[]): boolean => texts.some((one) => one?.toLowerCase().includes(wanted))
  const found = new Set<string>()
  for (const { id, name, lab, node, sharedBy } of namespaces.values()) {
    const isPort = (portsOf.get(id) ?? []).some(({ hostPort, containerPort }) =>
      isIn(String(hostPort), String(containerPort)),
    )
    if (isIn(name, id.slice(0, 12), lab, node, ...sharedBy) || isPort) found.add(id)
  }
  for (const [id, { interface: one }] of interfaces) {
    const network = networkOfBridge.get(id)
    if (
      isIn(
        one.name,
        one.mac,
        network?.name,
        ...(network?.subnets ?? []),
        ...one.addresses.map(({ address }) => address),
      )
    )
      found.add(id)
  }
  return found
}

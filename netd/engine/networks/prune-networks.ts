import type { Filters } from '../../../api/docker/common.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { matchesLabels, mustKnowFilters, parseTime } from '../filters.ts'
import { activeEndpointsOn } from './endpoints-on.ts'
import { forgetNetwork, tearDownNetworks } from './remove-network.ts'

/** Every user-defined network that no running container is on; resolves with their names. Bridges go in one list: each costs the kernel an RCU barrier. */
export async function pruneNetworks(engine: Engine, filters: Filters): Promise<string[]> {
  mustKnowFilters(filters, ['label', 'label!', 'until'])
  const until = parseTime(filters['until']?.[0], engine.now())
  const isWanted = ({ labels, createdAt }: NetworkRecord): boolean =>
    matchesLabels(labels, filters['label']) &&
    !(filters['label!'] ?? []).some((label) => matchesLabels(labels, [label])) &&
    (until === undefined || Date.parse(createdAt) <= until.getTime())
  const isUnused = (network: NetworkRecord): boolean =>
    !network.isPredefined && network.configuration === undefined && activeEndpointsOn(engine, network).length === 0

  const chosen = engine.store.networks.values().filter((network) => isUnused(network) && isWanted(network))
  const removed = await withLocks(
    engine,
    chosen.map(({ id }) => `network:${id}`),
    async () => {
      // Some may have been removed, or taken into use, while others held their locks.
      const unused = chosen.filter(
        (network) => engine.store.networks.get(network.id) !== undefined && isUnused(network),
      )
      for (const failure of await tearDownNetworks(engine, unused)) engine.log.warn(`network prune: ${failure}`)
      for (const network of unused) forgetNetwork(engine, network)
      return unused
    },
  )
  engine.events.publish({ Type: 'network', Action: 'prune', Actor: { ID: '', Attributes: { reclaimed: '0' } } })
  return removed.map(({ name }) => name)
}

/** In one order everywhere, so that two prunes cannot wait for each other. */
function withLocks<T>(engine: Engine, keys: string[], work: () => Promise<T>): Promise<T> {
  return keys.toSorted().reduceRight<() => Promise<T>>((inner, key) => () => engine.locks.run(key, inner), work)()
}

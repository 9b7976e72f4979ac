/** After a start: a container and its sandbox are two records, and the store may have had to set one of them aside. */
import type { Engine } from '../engine.ts'
import { removeEtcFiles } from '../sandbox/etc-files.ts'
import { requestedEndpoints } from './endpoints.ts'
import { sandboxRecord } from './sandbox-record.ts'

/** Before sandboxes are adopted: one that has lost its own is on the network of its mode again, with nothing published. */
export function replaceLostSandboxes(engine: Engine): void {
  for (const container of engine.store.containers.values()) {
    if (engine.store.sandboxes.get(container.id) !== undefined) continue
    const nothing = { hostname: '', domainname: '', portBindings: [], links: [], extraHosts: [] }
    const request = { ...nothing, resolver: { nameservers: [], search: [], options: [] } }
    const endpoints = requestedEndpoints(engine, container.options.network.mode, { asked: [] })
    engine.store.sandboxes.put(container.id, sandboxRecord(container, request, endpoints))
    engine.log.error(
      `container ${container.name}: what was known of its network is lost; it has the default of its mode, without names of its own and published ports. Create it again`,
    )
  }
}

/** After it: what the kernel had of them is collected. A record of its own was set aside, so that both can be put back. */
export async function setAsideOrphanSandboxes(engine: Engine): Promise<void> {
  const { store, log } = engine
  for (const { id, name } of store.sandboxes.values()) {
    if (store.containers.get(id) !== undefined || store.drafts.get(id) !== undefined) continue
    store.sandboxes.setAside(id, 'its container is not there')
    log.warn(`the network of container ${name}, which is not there, is set aside, in the table set_aside`)
    await removeEtcFiles(engine, id)
  }
}

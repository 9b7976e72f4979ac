import type { Engine } from '../engine.ts'
import { removeContainer } from '../containers/remove.ts'
import { deleteNamespace } from '../namespaces/delete-namespace.ts'
import { tearDownNetworks } from '../networks/remove-network.ts'

/**
 * Takes away everything that this data root put into the machine: containers, bare namespaces, networks with their
 * bridges, the nftables tables, the data plane, a private containerd. Images, volumes that have a name, and the settings of the kernel stay.
 * Resolves with what went wrong.
 */
export async function reset(engine: Engine): Promise<string[]> {
  const { store, kernel, host, config } = engine
  const failures: string[] = []
  const attempt = (work: Promise<unknown>): Promise<void> =>
    work.then(
      () => {},
      (error: Error) => void failures.push(error.message),
    )

  await Promise.all(
    store.containers
      .values()
      .map(({ id }) => attempt(removeContainer(engine, id, { isForced: true, withVolumes: true }))),
  )
  await Promise.all(store.namespaces.values().map(({ name }) => attempt(deleteNamespace(engine, name))))
  failures.push(...(await tearDownNetworks(engine, store.networks.values())))
  for (const { id } of store.networks.values()) store.networks.delete(id)
  await attempt(engine.dataPlane.shutdown())
  await attempt(engine.launcher.shutdown())
  for (const family of ['inet', 'bridge'] as const) {
    if (!(await kernel.hasTable(host, config.tag, family))) continue
    await attempt(
      kernel.apply([
        {
          do: 'nft.transaction',
          namespace: host,
          commands: [{ do: 'delete', table: config.tag, family, object: 'table' }],
        },
      ]),
    )
  }
  return failures
}

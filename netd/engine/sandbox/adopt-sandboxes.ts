/**
 * After a restart of the daemon. What runs keeps its lease, its traffic, its names and its ports; what is
 * left of containers that do not run any more is collected.
 */
import { readdir } from 'node:fs/promises'
import { sandboxesFolder } from '../../config/layout.ts'
import { readMark } from '../../drivers/mark.ts'
import type { KernelStep } from '../../kernel/kernel.ts'
import type { SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { driverContext } from '../networks/resolve-network.ts'
import { dataPlaneState } from './data-plane-state.ts'
import { flushAddresses } from './detach.ts'
import { activeEndpointsOf } from './endpoints.ts'
import { sandboxPath } from './namespaces.ts'
import { guardsOf, reconcileFirewall } from './reconcile-firewall.ts'

/**
 * After ../networks/restore-networks.ts. A record may say that it is open of one that ended while nobody looked: only the
 * caller knows whose processes live.
 */
export async function adoptSandboxes(engine: Engine, isAlive: (id: string) => boolean): Promise<void> {
  for (const sandbox of engine.store.sandboxes.values()) setAsideUnlessSound(engine, sandbox)
  const [open, ended] = partition(engine.store.sandboxes.values(), ({ id }) => isAlive(id))
  const gone = ended.flatMap((sandbox) => activeEndpointsOf(engine, sandbox))
  await collect(engine, open)
  for (const { message } of await flushAddresses(engine, gone))
    engine.log.warn(`flows of containers that ended meanwhile: ${message}`)
  for (const sandbox of ended) forgetLeases(engine, sandbox)
  for (const sandbox of open) markOpen(engine, sandbox)
  await restoreDataPlane(engine, open)
  await reconcileFirewall(engine)
}

/** One record that makes no sense costs its own container the network, and nobody else anything. */
function setAsideUnlessSound(engine: Engine, sandbox: SandboxRecord): void {
  try {
    dataPlaneState(engine, sandbox)
    guardsOf(engine, sandbox)
  } catch (error) {
    engine.log.error(
      `container ${sandbox.name}: its network cannot be adopted (${(error as Error).message}); restart it to have it again`,
    )
    forgetLeases(engine, sandbox)
  }
}

/** The kernel's part of them is collected as a whole. */
function forgetLeases(engine: Engine, sandbox: SandboxRecord): void {
  const hasAny =
    sandbox.isOpen ||
    sandbox.ports.length > 0 ||
    Object.values(sandbox.endpoints).some(({ lease }) => lease !== undefined)
  if (!hasAny) return
  for (const endpoint of Object.values(sandbox.endpoints)) delete endpoint.lease
  sandbox.ports = []
  sandbox.isOpen = false
  engine.store.sandboxes.put(sandbox.id, sandbox)
}

/** The daemon may have been killed between the last of a start's steps and the record of it. */
function markOpen(engine: Engine, sandbox: SandboxRecord): void {
  if (sandbox.isOpen) return
  sandbox.isOpen = true
  engine.store.sandboxes.put(sandbox.id, sandbox)
}

/** The data plane went on meanwhile: it keeps what is right, and has the rest again or no longer. */
async function restoreDataPlane(engine: Engine, open: SandboxRecord[]): Promise<void> {
  try {
    await engine.dataPlane.restore(open.map((sandbox) => dataPlaneState(engine, sandbox)))
  } catch (error) {
    engine.log.error(`names and published ports are not served yet: ${(error as Error).message}`)
  }
}

/** Pins of namespaces and ends of veth pairs that no running container's record accounts for. */
async function collect(engine: Engine, open: SandboxRecord[]): Promise<void> {
  const { config, kernel, host } = engine
  const pins = new Set(open.map(({ id }) => id))
  const endpoints = new Set(
    open.flatMap((sandbox) => activeEndpointsOf(engine, sandbox).map(({ lease }) => lease.endpointId)),
  )
  const [entries, links] = await Promise.all([readdir(sandboxesFolder(config)).catch(() => []), kernel.links(host)])
  const steps: KernelStep[] = [
    ...entries
      .filter((id) => !pins.has(id))
      .map((id): KernelStep => ({ do: 'netns.delete', path: sandboxPath(config, id) })),
    ...links.flatMap(({ name, alias }): KernelStep[] => {
      const mark = readMark(driverContext(engine), alias)
      return mark?.kind === 'endpoint' && !endpoints.has(mark.endpointId)
        ? [{ do: 'link.delete', namespace: host, name }]
        : []
    }),
  ]
  for (const { message } of await kernel.teardown(steps)) engine.log.warn(`left over from before: ${message}`)
}

function partition<T>(items: T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))]
}

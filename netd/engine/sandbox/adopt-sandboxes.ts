/**
 * After a restart of the daemon. What runs keeps its lease, its traffic and its ports: only what belongs to the
 * daemon's own process (resolver sockets) is made again. What is left of containers that do not run any more is collected.
 */
import { readdir } from 'node:fs/promises'
import { sandboxesFolder } from '../../config/layout.ts'
import { readMark } from '../../drivers/mark.ts'
import type { KernelStep } from '../../kernel/kernel.ts'
import type { SandboxRecord, PublishedPort } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { driverContext } from '../networks/resolve-network.ts'
import { activeEndpointsOf } from './endpoints.ts'
import { openNames } from './names.ts'
import { sandboxPath } from './namespaces.ts'
import { publishedEndpoint } from './publish-ports.ts'
import { reconcileFirewall } from './reconcile-firewall.ts'

/**
 * After ../networks/restore-networks.ts. A record may say that it is open of one that ended while nobody looked: only the
 * caller knows whose processes live.
 */
export async function adoptSandboxes(engine: Engine, isAlive: (id: string) => boolean): Promise<void> {
  const [open, ended] = partition(engine.store.sandboxes.values(), ({ id }) => isAlive(id))
  for (const sandbox of ended) forgetLeases(engine, sandbox)
  await collect(engine, open)
  await reconcileProxy(engine, open)
  await reconcileFirewall(engine)
  await Promise.all(open.map((sandbox) => adopt(engine, sandbox)))
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

async function adopt(engine: Engine, sandbox: SandboxRecord): Promise<void> {
  // The daemon may have been killed between the last of its steps and the record of it.
  if (!sandbox.isOpen) {
    sandbox.isOpen = true
    engine.store.sandboxes.put(sandbox.id, sandbox)
  }
  if (sandbox.namespace.kind !== 'own') return
  try {
    await openNames(engine, sandbox)
  } catch (error) {
    engine.log.error(`container ${sandbox.name}: its resolver could not be opened again: ${(error as Error).message}`)
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

/** The proxy outlives the daemon: it lets go of what nobody has any more, and holds again what it lost. */
async function reconcileProxy(engine: Engine, open: SandboxRecord[]): Promise<void> {
  const held = await engine.proxy.published()
  const wanted = new Map(open.filter(({ ports }) => ports.length > 0).map((sandbox) => [sandbox.id, sandbox]))
  for (const [id, ports] of held) if (!isSame(ports, wanted.get(id)?.ports ?? [])) await engine.proxy.release(id)
  for (const [id, sandbox] of wanted) {
    if (isSame(held.get(id) ?? [], sandbox.ports)) continue
    const lease = publishedEndpoint(engine, activeEndpointsOf(engine, sandbox))?.lease
    const target = {
      ...(lease?.ipv4 === undefined ? {} : { ipv4: lease.ipv4.split('/')[0]! }),
      ...(lease?.ipv6 === undefined ? {} : { ipv6: lease.ipv6.split('/')[0]! }),
    }
    try {
      await engine.proxy.publish(id, sandbox.ports, target)
    } catch (error) {
      engine.log.error(`container ${sandbox.name}: ${(error as Error).message}`)
    }
  }
}

function partition<T>(items: T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))]
}

function isSame(one: PublishedPort[], other: PublishedPort[]): boolean {
  const text = (ports: PublishedPort[]): string =>
    ports
      .map(
        ({ hostAddress, hostPort, containerPort, protocol }) =>
          `${hostAddress} ${hostPort} ${containerPort} ${protocol}`,
      )
      .toSorted()
      .join('\n')
  return text(one) === text(other)
}

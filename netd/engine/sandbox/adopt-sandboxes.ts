/**
 * After a restart of the daemon. What runs keeps its lease, its traffic and its ports: only what belongs to the
 * daemon's own process (resolver sockets) is made again. What is left of containers that do not run any more is collected.
 */
import { readdir } from 'node:fs/promises'
import { sandboxesFolder } from '../../config/layout.ts'
import { readMark } from '../../drivers/mark.ts'
import type { KernelStep } from '../../kernel/kernel.ts'
import type { ContainerRecord, PublishedPort } from '../../store/records.ts'
import { isRunning } from '../life/status.ts'
import type { Engine } from '../engine.ts'
import { driverContext } from '../networks/resolve-network.ts'
import { activeEndpointsOf } from './endpoint-plans.ts'
import { openNames } from './names.ts'
import { sandboxPath } from './namespaces.ts'
import { publishedEndpoint } from './publish-ports.ts'
import { reconcileFirewall } from './reconcile-firewall.ts'

/** After the containers' states are true again (launcher.tasks.adopt), and after ../networks/restore-networks.ts. */
export async function adoptSandboxes(engine: Engine): Promise<void> {
  const containers = engine.store.containers.values()
  // A record may still say `running` of one that ended while nobody looked; only the living have a process.
  const isAlive = (container: ContainerRecord): boolean =>
    isRunning(container) && engine.lives.of(container.id).pid !== undefined
  const [running, ended] = [containers.filter(isAlive), containers.filter((container) => !isAlive(container))]
  for (const container of ended) forgetLeases(engine, container)
  await collect(engine, running)
  await reconcileProxy(engine, running)
  await reconcileFirewall(engine)
  await Promise.all(running.map((container) => adopt(engine, container)))
}

/** The kernel's part of them is collected as a whole. */
function forgetLeases(engine: Engine, container: ContainerRecord): void {
  const isOpen =
    container.ports.length > 0 || Object.values(container.endpoints).some(({ lease }) => lease !== undefined)
  if (!isOpen) return
  for (const endpoint of Object.values(container.endpoints)) delete endpoint.lease
  container.ports = []
  engine.store.containers.put(container.id, container)
}

async function adopt(engine: Engine, container: ContainerRecord): Promise<void> {
  const mode = container.hostConfig.NetworkMode ?? ''
  if (mode === 'host' || mode.startsWith('container:')) return
  try {
    await openNames(engine, container)
  } catch (error) {
    engine.log.error(`container ${container.name}: its resolver could not be opened again: ${(error as Error).message}`)
  }
}

/** Pins of namespaces and ends of veth pairs that no running container's record accounts for. */
async function collect(engine: Engine, running: ContainerRecord[]): Promise<void> {
  const { config, kernel, host } = engine
  const pins = new Set(running.map(({ id }) => id))
  const endpoints = new Set(
    running.flatMap((container) => activeEndpointsOf(engine, container).map(({ lease }) => lease.endpointId)),
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
async function reconcileProxy(engine: Engine, running: ContainerRecord[]): Promise<void> {
  const held = await engine.proxy.published()
  const wanted = new Map(running.filter(({ ports }) => ports.length > 0).map((container) => [container.id, container]))
  for (const [id, ports] of held) if (!isSame(ports, wanted.get(id)?.ports ?? [])) await engine.proxy.release(id)
  for (const [id, container] of wanted) {
    if (isSame(held.get(id) ?? [], container.ports)) continue
    const lease = publishedEndpoint(engine, activeEndpointsOf(engine, container))?.lease
    const target = {
      ...(lease?.ipv4 === undefined ? {} : { ipv4: lease.ipv4.split('/')[0]! }),
      ...(lease?.ipv6 === undefined ? {} : { ipv6: lease.ipv6.split('/')[0]! }),
    }
    try {
      await engine.proxy.publish(id, container.ports, target)
    } catch (error) {
      engine.log.error(`container ${container.name}: ${(error as Error).message}`)
    }
  }
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

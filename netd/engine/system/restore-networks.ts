/**
 * After a start: every network of the store stands in the kernel again, and what is marked as ours but belongs to none
 * (a daemon killed in the middle) is collected. What stands already is not touched: containers go on using it.
 */
import { isHalfBorn, readMark } from '../../drivers/mark.ts'
import type { KernelStep } from '../../kernel/kernel.ts'
import type { Link } from '../../kernel/model.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { switchOnForwarding } from './host-sysctls.ts'
import { reconcileFirewall } from '../sandbox/reconcile-firewall.ts'
import { ensureDefaultNetworks } from '../networks/default-networks.ts'
import { fitAgain, takenOverLink } from '../networks/fit-again.ts'
import { driverContext, driverOf } from '../networks/resolve-network.ts'
import { setAsideUnsound } from '../networks/set-aside-unsound.ts'

/** Before ../sandbox/adopt-sandboxes.ts, and before anything is created. */
export async function restoreNetworks(engine: Engine): Promise<void> {
  setAsideUnsound(engine)
  for (const name of await switchOnForwarding(engine))
    engine.log.info(`${name} is on now: containers need it to reach other networks`)
  // First, because they may have the names that are about to be needed: docker0 is there when its record is lost.
  await collectStrays(engine, await engine.kernel.links(engine.host))
  await reconcileFirewall(engine)
  await ensureDefaultNetworks(engine)
  const standing = await engine.kernel.links(engine.host)
  const named = byName(standing)
  for (const network of engine.store.networks.values())
    await restoreNetwork(engine, network, () =>
      stands(engine, network, named) ? fitTakenOver(engine, network, named) : standAgain(engine, network, standing),
    )
}

async function restoreNetwork(engine: Engine, network: NetworkRecord, restore: () => Promise<void>): Promise<void> {
  try {
    await restore()
  } catch (error) {
    engine.log.error(
      `network ${network.name} could not be restored: ${(error as Error).message}; remove it and create it again`,
    )
  }
}

/** What stands on links of its own is right; a link that somebody else made may be made anew, and one that is not there is waited for. */
async function fitTakenOver(engine: Engine, network: NetworkRecord, links: ReadonlyMap<string, Link>): Promise<void> {
  const name = takenOverLink(engine, network)
  if (name !== undefined && links.has(name)) await fitAgain(engine, network, name)
}

/** Whether every link that was made with it is there, ours, and up. */
export function stands(engine: Engine, network: NetworkRecord, links: ReadonlyMap<string, Link>): boolean {
  return driverOf(engine, network)
    .links(network)
    .every((wanted) => {
      const link = links.get(wanted)
      return link?.isUp === true && isOf(engine, network, link)
    })
}

export const byName = (links: Link[]): Map<string, Link> => new Map(links.map((link) => [link.name, link]))

/** What is left of it goes first: addresses and ports of a bridge that was set down are not what they were. */
export async function standAgain(engine: Engine, network: NetworkRecord, links: Link[]): Promise<void> {
  const remains = linksOf(engine, network, links).map(({ name }): KernelStep => ({
    do: 'link.delete',
    namespace: engine.host,
    name,
  }))
  const failures = await engine.kernel.teardown(remains)
  if (failures.length > 0) throw new Error(failures.map(({ message }) => message).join('; '))
  // Its elements are in the firewall already, which is made whole from the records.
  const steps = driverOf(engine, network).createNetwork(driverContext(engine), network)
  await engine.kernel.apply(steps.filter((step) => step.do !== 'nft.elements.add'))
}

function linksOf(engine: Engine, network: NetworkRecord, links: Link[]): Link[] {
  return links.filter((link) => isOf(engine, network, link))
}

function isOf(engine: Engine, network: NetworkRecord, { alias }: Link): boolean {
  const mark = readMark(driverContext(engine), alias)
  return mark?.kind === 'network' && mark.networkId === network.id
}

async function collectStrays(engine: Engine, links: Link[]): Promise<void> {
  const context = driverContext(engine)
  const stray = links.filter((link) => {
    if (isHalfBorn(context, link)) return true
    const mark = readMark(context, link.alias)
    return mark?.kind === 'network' && engine.store.networks.get(mark.networkId) === undefined
  })
  const failures = await engine.kernel.teardown(
    stray.map(({ name }): KernelStep => ({ do: 'link.delete', namespace: engine.host, name })),
  )
  for (const { message } of failures)
    engine.log.warn(`a link of a network that is left over could not be removed: ${message}`)
}

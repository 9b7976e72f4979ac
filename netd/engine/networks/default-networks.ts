/** The networks that are always there: each driver says which is its own. */
import type { Driver, PredefinedNetwork } from '../../drivers/driver.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { makeNetwork } from './create-network.ts'
import { activeEndpointsOn } from './endpoints-on.ts'
import { hostSpace, hostView } from './host-view.ts'
import { addressSpace } from './occupied.ts'
import { tearDownNetworks } from './remove-network.ts'

/** Makes those that are missing; what is there stays as it is, unless its driver wants it elsewhere and nobody is on it. */
export async function ensureDefaultNetworks(engine: Engine): Promise<void> {
  for (const driver of Object.values(engine.drivers))
    if (driver.predefined !== undefined) await ensure(engine, driver, driver.predefined)
}

async function ensure(engine: Engine, driver: Driver, predefined: PredefinedNetwork): Promise<void> {
  const { store, log } = engine
  const standing = store.networks.find(({ name, isPredefined }) => name === predefined.name && isPredefined)
  if (standing === undefined) return makeNetwork(engine, await plan(engine, driver, predefined))
  if (activeEndpointsOn(engine, standing).length > 0) return
  const fate = await predefined.fate(hostView(engine, await addressSpace(engine)), standing)
  if (fate === 'stays') return
  if (fate === 'moves')
    for (const failure of await tearDownNetworks(engine, [standing]))
      log.warn(`what stood before of the network ${standing.name}: ${failure}`)
  store.networks.delete(standing.id)
  const { id, createdAt } = standing
  await makeNetwork(engine, { ...(await plan(engine, driver, predefined)), id, createdAt })
}

async function plan(engine: Engine, driver: Driver, predefined: PredefinedNetwork): Promise<NetworkRecord> {
  const { note, ...planned } = await predefined.plan(hostSpace(engine, await addressSpace(engine)))
  if (note !== undefined) engine.log.info(note)
  return {
    id: engine.newId(),
    name: predefined.name,
    createdAt: engine.now().toISOString(),
    driver: driver.name,
    isInternal: false,
    isAttachable: false,
    isIpv4: true,
    isIpv6: false,
    ipamDriver: 'default',
    ipamOptions: {},
    labels: {},
    isPredefined: true,
    ...planned,
  }
}

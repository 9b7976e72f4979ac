import type { HostSpace, HostView } from '../../drivers/driver.ts'
import { readMark } from '../../drivers/mark.ts'
import { freeSubnet } from '../../ipam/default-pools.ts'
import type { Engine } from '../engine.ts'
import { inheritedMtu } from './inherited-mtu.ts'
import { occupiedByNetworks, occupiedByRoutes, occupiedOnHost, type Surroundings } from './occupied.ts'
import { driverContext } from './resolve-network.ts'

/** The host, as a driver may ask about it while it plans a network. */
export function hostView(engine: Engine, { routes }: Surroundings): HostView {
  const { config, host, kernel, store } = engine
  return {
    link: (name) => kernel.link(host, name),
    defaultMtu: async () => config.mtu ?? (await inheritedMtu(engine, routes)),
    networks: () => store.networks.values(),
    isOurs: ({ alias }) => readMark(driverContext(engine), alias) !== undefined,
  }
}

export function hostSpace(engine: Engine, around: Surroundings): HostSpace {
  return {
    ...hostView(engine, around),
    occupied: [...occupiedByNetworks(engine), ...occupiedByRoutes(around.routes)],
    freeSubnet: () => freeSubnet(engine.config.defaultAddressPools, occupiedOnHost(engine, around)),
  }
}

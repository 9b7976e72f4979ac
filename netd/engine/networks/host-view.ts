import type { HostSpace, HostView } from '../../drivers/driver.ts'
import { readMark } from '../../drivers/mark.ts'
import { freeSubnet } from '../../ipam/default-pools.ts'
import type { Engine } from '../engine.ts'
import { inheritedMtu } from './inherited-mtu.ts'
import { occupiedByNetworks, occupiedByRoutes, occupiedOnHost, type AddressSpace } from './occupied.ts'
import { driverContext } from './resolve-network.ts'

/** The host, as a driver may ask about it while it plans a network. */
export function hostView(engine: Engine, { routes }: AddressSpace): HostView {
  const { config, host, kernel, store } = engine
  return {
    link: (name) => kernel.link(host, name),
    addresses: async (of) =>
      (await kernel.addresses(host))
        .filter(({ linkIndex }) => of === undefined || linkIndex === of.index)
        .map(({ address }) => address),
    hasLinkKind: (kind) => kernel.hasLinkKind(host, kind),
    sysctl: (name) => kernel.sysctl(host, name),
    defaultMtu: async () => config.mtu ?? (await inheritedMtu(engine, routes)),
    networks: () => store.networks.values(),
    isOurs: ({ alias }) => readMark(driverContext(engine), alias) !== undefined,
  }
}

export function hostSpace(engine: Engine, space: AddressSpace): HostSpace {
  return {
    ...hostView(engine, space),
    occupied: [...occupiedByNetworks(engine), ...occupiedByRoutes(space.routes)],
    freeSubnet: () => freeSubnet(engine.config.defaultAddressPools, occupiedOnHost(engine, space)),
  }
}

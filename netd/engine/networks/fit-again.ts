import { isSameCidr } from '../../../api/address/cidr.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { driverContext, driverOf } from './resolve-network.ts'

/** The link of the host's that the network has taken over, if it has one. */
export function takenOverLink(engine: Engine, network: NetworkRecord): string | undefined {
  const driver = driverOf(engine, network)
  return driver.links(network).length > 0 ? undefined : driver.takesOver(network.options)
}

/** After a reboot, say: the link that a network has taken over has again what the network needs of it. What is there stays. */
export async function fitAgain(engine: Engine, network: NetworkRecord, name: string): Promise<void> {
  const { kernel, host } = engine
  const driver = driverOf(engine, network)
  // Its elements are in the firewall already, which is made whole from the records.
  const steps = driver.createNetwork(driverContext(engine), network).filter((step) => step.do !== 'nft.elements.add')
  const [link, addresses] = await Promise.all([kernel.link(host, name), kernel.addresses(host)])
  const present = addresses.filter(({ linkIndex }) => linkIndex === link?.index)
  await kernel.apply(
    steps.filter(
      (step) => step.do !== 'address.add' || !present.some(({ address }) => isSameCidr(address, step.address)),
    ),
  )
}

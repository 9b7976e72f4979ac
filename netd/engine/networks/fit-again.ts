import { isSameCidr } from '../../../api/address/cidr.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { driverContext, driverOf } from './resolve-network.ts'

/** After a reboot, say: a link that a network has taken over has again what the network needs of it. What is there stays. */
export async function fitAgain(engine: Engine, network: NetworkRecord): Promise<void> {
  const { kernel, host } = engine
  const driver = driverOf(engine, network)
  // Its elements are in the firewall already, which is made whole from the records.
  const steps = driver.createNetwork(driverContext(engine), network).filter((step) => step.do !== 'nft.elements.add')
  const carrier = driver.carrier(network)
  if (steps.length === 0 || carrier === undefined) return
  const [link, addresses] = await Promise.all([kernel.link(host, carrier), kernel.addresses(host)])
  const present = addresses.filter(({ linkIndex }) => linkIndex === link?.index)
  await kernel.apply(
    steps.filter(
      (step) => step.do !== 'address.add' || !present.some(({ address }) => isSameCidr(address, step.address)),
    ),
  )
}

/** Every driver there is, by the name that `docker network create --driver` takes. */
import type { Firewall } from '../firewall/firewall.ts'
import { bridgeDriver } from './bridge/index.ts'
import type { DefaultBridgeSettings } from './bridge/default-network.ts'
import type { Driver } from './driver.ts'
import { hostDriver } from './host/index.ts'
import { ipvlanDriver } from './ipvlan/index.ts'
import { macvlanDriver } from './macvlan/index.ts'
import { nullDriver } from './none/index.ts'

export function openDrivers(
  firewall: Pick<Firewall, 'bridgeSteps' | 'guardSteps'>,
  settings: DefaultBridgeSettings,
): Record<string, Driver> {
  return Object.fromEntries(
    [bridgeDriver(firewall, settings), hostDriver, nullDriver, macvlanDriver, ipvlanDriver].map((driver) => [
      driver.name,
      driver,
    ]),
  )
}

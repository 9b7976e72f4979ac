/** Every driver there is, by the name that `docker network create --driver` takes. */
import type { Firewall } from '../firewall/firewall.ts'
import { bridgeDriver } from './bridge/index.ts'
import type { Driver } from './driver.ts'
import { hostDriver, nullDriver } from './without-links.ts'

export function openDrivers(firewall: Pick<Firewall, 'bridgeSteps'>): Record<string, Driver> {
  return Object.fromEntries([bridgeDriver(firewall), hostDriver, nullDriver].map((driver) => [driver.name, driver]))
}

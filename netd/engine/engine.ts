/** What every use case is handed: the daemon's parts, wired once in ../main.ts. Clock and randomness are parts, too. */
import type { DataPlane } from '../control/data-plane.ts'
import type { DnsService } from '../control/dns-service.ts'
import type { PortProxy } from '../control/port-proxy.ts'
import type { Driver } from '../drivers/driver.ts'
import type { Firewall } from '../firewall/firewall.ts'
import type { Kernel, Namespace } from '../kernel/kernel.ts'
import type { Launcher } from '../containerd/launcher.ts'
import type { Log } from '../process/log.ts'
import type { Store } from '../store/store.ts'
import type { EventBus } from './events.ts'
import type { KeyedLock } from './keyed-lock.ts'
import type { Lives } from './life/lives.ts'
import type { DaemonConfig } from '../config/config.ts'

export interface Engine {
  config: DaemonConfig
  store: Store
  kernel: Kernel
  /** The namespace the daemon itself lives in. */
  host: Namespace
  launcher: Launcher
  drivers: Record<string, Driver>
  firewall: Firewall
  /** The process that holds what the next two ask for. */
  dataPlane: DataPlane
  dns: DnsService
  proxy: PortProxy
  events: EventBus
  lives: Lives
  /**
   * One thing at a time; keys are `container:ID`, `container-names`, `network:ID`, `network-names`, `volume:NAME`,
   * `namespace:NAME` and `embedded-image`. Who holds one may only wait for one further on in this list, and of several
   * networks for the next in the order of their ids.
   */
  locks: KeyedLock
  now: () => Date
  /** 32 random bytes as 64 lower-case hexadecimal digits: an id as Docker has them. */
  newId: () => string
  log: Log
}

/** A sandbox is a container's network: its namespace, endpoints, ports, names, and the three files under /etc. */
import type { Namespace } from '../../kernel/kernel.ts'
import type { MountSpec } from '../../containerd/launcher.ts'

export interface Sandbox {
  /** What the launcher joins; `host` for the daemon's own. */
  namespace: Namespace | 'host'
  /** Sets hostname in the UTS namespace. */
  hostname: string
  /** /etc/hosts, /etc/hostname and /etc/resolv.conf, written under the data root. */
  files: MountSpec[]
}

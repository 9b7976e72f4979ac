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
  /**
   * Settles once links, routes, ports and names are as they should be: the namespace and the files are there before,
   * which is all that making a process takes. Nothing may run before it resolves; when it rejects, the caller closes.
   */
  ready: Promise<void>
}

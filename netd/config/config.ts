/** The daemon's settings, resolved from flags, config file and defaults; names follow dockerd's. */
export interface DaemonConfig {
  /** `unix:///run/trestle/netd.sock` and so on, in the order given. */
  hosts: string[]
  /** Group that may open the unix socket, by name or number; root only when absent. */
  group: string | undefined
  /** Persistent state: images, writable layers, logs, the database. */
  dataRoot: string
  /** What does not outlive a reboot: sockets, namespace pins, fifos. */
  execRoot: string
  pidFile: string
  /** Address of an existing containerd; a private child runs when absent. */
  containerd: string | undefined
  /** Beside those that are always there. A path, or a name in the PATH. */
  runtimes: Record<string, { path: string }>
  /** What the machine has best, when absent. */
  defaultRuntime: string | undefined
  /** Containers are in scopes of systemd, and not in groups that the runtime makes itself. */
  isSystemdCgroup: boolean
  /** CIDR of the default bridge's own address, `172.17.0.1/16`. */
  bip: string
  /** Networks without a subnet take the first free one of these. `size` is the prefix length. */
  defaultAddressPools: { base: string; size: number }[]
  /** For published ports without an address. */
  ip: string
  mtu: number | undefined
  dns: string[]
  dnsSearch: string[]
  dnsOptions: string[]
  isIpForward: boolean
  isIpMasquerade: boolean
  isIcc: boolean
  isUserlandProxy: boolean
  /** `NAME=VALUE`, for `docker info`. */
  labels: string[]
  logLevel: 'debug' | 'info' | 'warn' | 'error'
  tls: { isVerify: boolean; ca: string; cert: string; key: string } | undefined
  /** `docker save` archive of trestle/toolbox, loaded when that image is first asked for. */
  toolboxArchive: string
  /** Identity of this daemon, the same after a restart: twelve groups of four, as `docker info` shows it. */
  daemonId: string
  /** Largest JSON body that is read. */
  bodyLimitBytes: number
  /**
   * What this daemon's things are called where two daemons could meet: its nftables table, the parent of its cgroups,
   * its namespace in a shared containerd. `trestle`, with a tag of the data root when that is not the default one.
   */
  tag: string
}

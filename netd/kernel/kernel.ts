/**
 * The kernel as the daemon sees it. Writes are data: a list of steps goes to the kernel worker in one message,
 * is applied in order, and on failure is undone in reverse by steps derived from those that were applied
 * (./invert.ts). Nothing above this folder knows that netlink exists.
 */
import type { NftCommand, NftElement, NftFamily } from '../netlink/nfnetlink/commands.ts'
import type { Link, Address, Listener, Route, RouteAnswer, RouteQuestion, Survey } from './model.ts'

/**
 * A path that pins a network namespace: `/proc/self/ns/net` for the daemon's own, a bind mount, `/proc/PID/ns/net`.
 * Always a parameter, never ambient.
 */
export type Namespace = string

export interface LinkPeer {
  namespace: Namespace
  name: string
  mac?: string
  mtu?: number
}

export type LinkKind =
  /** Without `isLearningLinkLocal` it learns nothing from frames that are for itself (IEEE 802.1D, 7.12.6). */
  | { kind: 'bridge'; isLearningLinkLocal?: false }
  /** The peer is born in its namespace, named and addressed: moving a link costs an RCU barrier (~20 ms). */
  | { kind: 'veth'; peer: LinkPeer }
  /** The parent may be in another namespace than the link. A passthru link gives its MAC to the parent. */
  | {
      kind: 'macvlan'
      parent: string
      parentNamespace?: Namespace
      mode: 'bridge' | 'private' | 'vepa' | 'passthru'
    }
  /** Without a MAC of its own; mode and flag are the parent's, and so the same for all links on it. */
  | {
      kind: 'ipvlan'
      parent: string
      parentNamespace?: Namespace
      mode: 'l2' | 'l3' | 'l3s'
      flag: 'bridge' | 'private' | 'vepa'
    }
  /** Leads nowhere; an ifb where the kernel has no dummy. */
  | { kind: 'dummy' }
  | { kind: 'vlan'; parent: string; id: number }
  /** A multicast group needs the parent it is joined on. */
  | { kind: 'vxlan'; id: number; parent?: string; local?: string; group?: string; port?: number; learning?: boolean }

export interface LinkSettings {
  mac?: string
  mtu?: number
  /** Our mark, so that a sweeper can tell ours from others' (IFLA_IFALIAS). */
  alias?: string
  isUp?: boolean
  /** Bridge to be a port of; `null` releases it. */
  master?: string | null
  port?: { isIsolated?: boolean; isHairpin?: boolean }
}

export type KernelStep =
  | { do: 'netns.create'; path: Namespace }
  | { do: 'netns.delete'; path: Namespace }
  | ({ do: 'link.add'; namespace: Namespace; name: string } & LinkKind & LinkSettings)
  | ({ do: 'link.set'; namespace: Namespace; name: string; newName?: string } & LinkSettings)
  | { do: 'link.delete'; namespace: Namespace; name: string }
  | {
      do: 'address.add' | 'address.delete'
      namespace: Namespace
      link: string
      address: string
      broadcast?: string
      isNoDad?: boolean
    }
  | {
      do: 'route.add' | 'route.delete'
      namespace: Namespace
      destination: string
      via?: string
      link?: string
      metric?: number
      table?: number
      type?: 'unicast' | 'blackhole' | 'unreachable' | 'prohibit'
    }
  | {
      do: 'rule.add' | 'rule.delete'
      namespace: Namespace
      priority: number
      from?: string
      to?: string
      table: number
      mark?: number
    }
  | { do: 'neighbour.add' | 'neighbour.delete'; namespace: Namespace; link: string; address: string; mac: string }
  /**
   * Name as sysctl(8) has it, `net.ipv4.ip_forward`; a dot inside an interface name is written `/`. Undo restores what was
   * there. `mayBeMissing`: for switching off what some kernels and links do not have.
   */
  | { do: 'sysctl.set'; namespace: Namespace; name: string; value: string; mayBeMissing?: true }
  | {
      do: 'nft.elements.add' | 'nft.elements.delete'
      namespace: Namespace
      /** `inet` when absent. */
      family?: 'bridge'
      table: string
      set: string
      elements: NftElement[]
    }
  /** One atomic batch, generation checked. Has no derived undo: for the skeleton, which is idempotent. */
  | { do: 'nft.transaction'; namespace: Namespace; commands: NftCommand[] }
  /** Forgets every flow that one of these addresses has a part in, before or behind NAT; for addresses that somebody else may have next. */
  | { do: 'conntrack.flush'; namespace: Namespace; addresses: string[] }
  /**
   * Forgets flows by original destination, so that a stale UDP flow cannot outlive its published port. A walk over all flows of
   * a family (~10 ms): many ports go in one step, and only the families that matter. Without address or family, both.
   */
  | {
      do: 'conntrack.flush'
      namespace: Namespace
      protocol: 'tcp' | 'udp' | 'sctp'
      address?: string
      family?: 'ipv4' | 'ipv6'
      port: number | number[]
    }

/** What a step learned: the index and address of a new link. In the order of the steps. */
export interface StepResult {
  index?: number
  mac?: string
}

/** Operation, errno and the kernel's own extended-ack sentence, e.g. `link.add docker0: File exists (EEXIST)`. */
export class KernelError extends Error {
  override readonly name = 'KernelError'
  readonly operation: string
  /** `EEXIST`, `ENODEV`, … */
  readonly errno: string
  /** strerror(3). */
  readonly description: string
  /** NLMSGERR_ATTR_MSG, when the kernel gave one. */
  readonly detail: string | undefined
  /** Index of the step that failed, within the list given to `apply`. */
  readonly step: number | undefined

  /** `cause`: an AggregateError of KernelErrors, when undoing failed as well. */
  constructor(fields: {
    operation: string
    errno: string
    description: string
    detail?: string
    step?: number
    cause?: unknown
  }) {
    super(
      `${fields.operation}: ${fields.detail ?? fields.description} (${fields.errno})`,
      fields.cause === undefined ? undefined : { cause: fields.cause },
    )
    this.operation = fields.operation
    this.errno = fields.errno
    this.description = fields.description
    this.detail = fields.detail
    this.step = fields.step
  }
}

export interface ListeningSocket {
  /** Owned by the caller, who hands it to `net.Server.listen({fd})` or `dgram.Socket.bind({fd})`. */
  fd: number
  port: number
}

export interface Kernel {
  /** Says that something will be asked in a moment, so that a kernel thread that has ended is there by then. */
  wake(): void
  /** All of it or none of it. Throws KernelError. */
  apply(steps: KernelStep[]): Promise<StepResult[]>
  /**
   * As far as it goes, off the fast path; what is already gone is no error. Resolves with every error met; for links alone,
   * as soon as the kernel says that they are gone.
   */
  teardown(steps: KernelStep[]): Promise<KernelError[]>

  /** By index or by name. */
  link(namespace: Namespace, which: number | string): Promise<Link | undefined>
  links(namespace: Namespace): Promise<Link[]>
  addresses(namespace: Namespace): Promise<Address[]>
  /**
   * Of all tables, or of one: every address has routes in the local table, too. Those to the subnets of `except`, canonical
   * text, are left out where they are read, which takes no time to speak of, be they thousands.
   */
  routes(namespace: Namespace, table?: number, except?: string[]): Promise<Route[]>
  /** Of one table, those to these subnets, canonical text: few, however many there are beside them. */
  routesTo(namespace: Namespace, table: number, subnets: string[]): Promise<Route[]>
  /** Keys of every element of a set or map, for reconciliation. */
  elements(namespace: Namespace, table: string, set: string, family?: NftFamily): Promise<NftElement[]>
  /** An `inet` table, unless the family is another. */
  hasTable(namespace: Namespace, table: string, family?: NftFamily): Promise<boolean>
  /** Of kinds that need a parent: whether the kernel has them, or a module that brings them. Nothing is made. */
  hasLinkKind(namespace: Namespace, kind: 'macvlan' | 'ipvlan'): Promise<boolean>
  sysctl(namespace: Namespace, name: string): Promise<string>
  /** Those of the names that there are. */
  sysctls(namespace: Namespace, names: string[]): Promise<Record<string, string>>
  /** All that a packet can meet there, whoever made it. */
  survey(namespace: Namespace): Promise<Survey>
  /** What the routing tables say of one packet. */
  lookupRoute(namespace: Namespace, question: RouteQuestion): Promise<RouteAnswer>
  /** ENOENT where the kernel has no diagnosis of the protocol. */
  listeners(namespace: Namespace, protocol: Listener['protocol']): Promise<Listener[]>
  /** Inode of the namespace: its identity across paths. */
  inode(namespace: Namespace): Promise<number>
  /** For a veth whose peer lives elsewhere: which of `candidates` IFLA_LINK_NETNSID means, in order of `nsids`. */
  peerNamespaces(namespace: Namespace, candidates: Namespace[]): Promise<Map<number, Namespace>>

  /** Runs a program in a network namespace (the host's file system). Signal ends it. */
  run(
    namespace: Namespace,
    command: string[],
    options: { env?: Record<string, string>; timeoutMs?: number; signal?: AbortSignal },
  ): Promise<{ exitCode: number; stdout: Buffer; stderr: Buffer; isTimedOut: boolean }>
  /**
   * Link, address, route and neighbour notifications, and forwarding switched on or off; call the result to stop. An overrun
   * (ENOBUFS) is told as `resync`.
   */
  watch(
    namespace: Namespace,
    onChange: (change: 'link' | 'address' | 'route' | 'neighbour' | 'forwarding' | 'nftables' | 'resync') => void,
  ): Promise<() => void>
  close(): Promise<void>
}

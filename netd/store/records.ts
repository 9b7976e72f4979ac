/** Desired state as it is persisted. What exists is read from the kernel and containerd, never from here. */
import type { LinkEnd } from '../../api/trestle/links.ts'
import type { ContainerOptions, Protocol, TmpfsMount, Verbatim } from './container-options.ts'

/** A subnet as somebody asks for it. */
export interface PoolRequest {
  subnet: string
  gateway?: string
  ipRange?: string
  auxiliaryAddresses?: Record<string, string>
}

export interface PoolRecord {
  /** CIDR of the subnet. */
  subnet: string
  gateway: string
  /** The subnet is the user's own choice, which is what static addresses are allowed on. */
  isUserConfigured: boolean
  /** CIDR inside the subnet that dynamic leases come from. */
  ipRange?: string
  auxiliaryAddresses: Record<string, string>
}

export interface NetworkRecord {
  id: string
  name: string
  createdAt: string
  driver: string
  isInternal: boolean
  isAttachable: boolean
  isIpv4: boolean
  isIpv6: boolean
  ipamDriver: string
  ipamOptions: Record<string, string>
  pools: PoolRecord[]
  options: Record<string, string>
  labels: Record<string, string>
  /** What the driver has chosen at creation, for itself: the name of a bridge, for one. */
  driverState: Record<string, string>
  /** Of every endpoint; as `com.docker.network.driver.mtu` says, or what the host had at creation. */
  mtu: number
  /** What a network that only holds configuration says to those that are made with it; nothing of it is in the kernel. */
  configuration?: { pools: PoolRequest[]; isIpv4?: boolean | undefined; isIpv6?: boolean | undefined }
  /** Name of the network that this one was made with. */
  configFrom?: string
  /** `bridge`, `host` and `none` are made by the daemon and cannot be removed. */
  isPredefined: boolean
}

export interface EndpointLease {
  endpointId: string
  /** In the host namespace. */
  hostInterface: string
  /** In the sandbox: `eth0`. */
  interface: string
  /** Empty where it has none of its own. */
  mac: string
  mtu: number
  /** CIDR. */
  ipv4?: string
  ipv6?: string
  gateway?: string
  gatewayIpv6?: string
  /** What it has no other route for is asked for on its own link: it has no gateway, and needs none. */
  isOnLink?: true
  /** CIDR each; beside those of the network's subnets, as asked for. */
  linkLocal?: string[]
  /** Its link went with another of the host's, and comes again with that one; the address stays the container's. */
  isLost?: true
}

/** What the user asked for; what is optional and absent was not said, which inspect tells from what is empty. */
export interface RequestedEndpoint {
  /** Static addresses, without a prefix. */
  ipam?: { ipv4?: string; ipv6?: string; linkLocal?: string[] }
  mac?: string
  aliases?: string[]
  links?: Link[]
  driverOptions?: Record<string, string>
  gatewayPriority?: number
}

export interface EndpointRecord {
  /** Of the network that it was on last, gone or not; before the first time, what was asked for: a name, an id, a part of one. */
  networkId: string
  request: RequestedEndpoint
  /** Present while the sandbox is open (or being opened). A static address is held through `request`. */
  lease?: EndpointLease
}

export interface PublishedPort {
  /** `0.0.0.0`, `::` or one address of the host. */
  hostAddress: string
  /** 0: none of the host's; the port is opened on the container's own address. */
  hostPort: number
  containerPort: number
  protocol: Protocol
  /** How many in a row, outside and inside: a long row is one, and held by its numbers. Absent for a port by itself. */
  count?: number
}

/** Host and container ports of one specification: `8080:80/udp`, `8000-8010:80`, `7000-7002:7000-7002`. */
export interface PortBinding {
  /** Empty for what the network or the daemon has as its default. */
  hostAddress: string
  /** 0 for a free one of the ephemeral range. */
  hostPort: number
  /** A range as long as the container's goes with it one to one; a single container port gets any one of it. */
  hostPortEnd: number
  containerPort: number
  containerPortEnd: number
  protocol: PublishedPort['protocol']
  /** By `--publish-all`. */
  isImplied?: true
}

/** One of its own, the daemon's, or that of another sandbox, which is named by id, name or prefix and looked up at the opening. */
export type SandboxNamespace = { kind: 'own' } | { kind: 'host' } | { kind: 'shared'; with: string }

/** A network stack as a whole: where it is, what it is connected to, what it publishes, what it calls itself and others. */
export interface SandboxRecord {
  /** The container's. */
  id: string
  /** What it is called on its networks. */
  name: string
  namespace: SandboxNamespace
  /** From the moment that its endpoints stand until it is closed. */
  isOpen: boolean
  hostname: string
  /** Empty for none. */
  domainname: string
  /** Keyed by network id, in the order of connection; by name for a network that is not there. */
  endpoints: Record<string, EndpointRecord>
  portBindings: PortBinding[]
  /** Present while it is open. */
  ports: PublishedPort[]
  /** To sandboxes on the default network, for /etc/hosts. */
  links: Link[]
  /** `host-gateway` is the address of the host on the default network. */
  extraHosts: { name: string; address: string }[]
  /** resolv.conf(5); each that is empty is the daemon's, or else the host's. */
  resolver: { nameservers: string[]; search: string[]; options: string[] }
}

/** `--link NAME[:ALIAS]`: another sandbox, by id, name or prefix, and what it is called in the hosts file beside its own name. */
export interface Link {
  target: string
  alias: string
}

export interface VolumeRecord {
  name: string
  createdAt: string
  /** As the user gave them; null when he did not. */
  labels: Record<string, string> | null
  /** `type`, `o` and `device` of the local driver. */
  options: Record<string, string> | null
}

/** What a container has mounted, resolved when it was made: the source of a bind is a path of the host, of a volume its name. */
export type MountRecord =
  | {
      type: 'bind'
      source: string
      target: string
      mode: string
      isReadOnly: boolean
      propagation: string
      isRecursive: boolean
      isSourceCreated: boolean
    }
  | { type: 'volume'; source: string; target: string; mode: string; isReadOnly: boolean; isAnonymous: boolean }
  | TmpfsMount

/** Docker's words. */
export const containerStatuses = ['created', 'running', 'paused', 'restarting', 'exited', 'removing', 'dead'] as const
export type ContainerStatus = (typeof containerStatuses)[number]

export interface ContainerRecord {
  id: string
  /** Without the leading slash. */
  name: string
  createdAt: string
  imageId: string
  /** As the user wrote it. */
  imageReference: string
  options: ContainerOptions
  verbatim: Verbatim
  mounts: MountRecord[]
  state: {
    status: ContainerStatus
    exitCode: number
    error: string
    startedAt?: string
    finishedAt?: string
    isOomKilled: boolean
    /** By `stop` or `kill`: the policies `unless-stopped` and `on-failure` leave it so over a restart of the daemon. */
    isStoppedByUser?: boolean
    /** What a removal that is under way was asked to take with it: the anonymous volumes, too. */
    isRemovedWithVolumes?: boolean
    /** Of the restart policy, since the last start by a user. */
    restartCount?: number
  }
}

export interface NamespaceRecord {
  name: string
  labels: Record<string, string>
}

export interface LinkRecord {
  id: string
  ends: [LinkEnd, LinkEnd]
  mtu?: number
  labels: Record<string, string>
  /** While it is being made: found after a start, it was cut short. */
  isDraft?: true
}

/**
 * The firewall's contract. The skeleton (./skeleton.ts) is one inet table of fixed chains and rules, ./anti-spoofing.ts one of
 * the bridge family; a network, an endpoint or a published port is only ever a handful of set and map elements, so cost does
 * not grow with the fleet.
 */
import type { KernelStep } from '../kernel/kernel.ts'
import type { Protocol } from '../store/container-options.ts'
import type { PublishedPort } from '../store/records.ts'
import type { PortGuard } from './anti-spoofing.ts'

export type { PortGuard } from './anti-spoofing.ts'

/**
 * As dockerd has them: `nat` translates published ports, and hides the subnet from the outside; `nat-unprotected` does, too, and lets
 * in what is addressed to a container; `routed` hides nothing, and lets in what is addressed to a published port; `isolated` is
 * an internal network that the host itself is not on.
 */
export type GatewayMode = 'nat' | 'nat-unprotected' | 'routed' | 'isolated'

export interface BridgeIntent {
  bridge: string
  /** CIDR each. */
  ipv4Subnets: string[]
  ipv6Subnets: string[]
  /** No traffic to or from anything but the bridge itself. */
  isInternal: boolean
  isMasquerade: boolean
  /** `nat` when absent. */
  modes?: { ipv4: GatewayMode; ipv6: GatewayMode }
  /** Interfaces of the host from which published ports are reached by the containers' own addresses, too. */
  trustedInterfaces?: string[]
  /** Its ports do not hear each other. */
  isIsolating?: boolean
  /** What masqueraded traffic leaves under, where that is not the address of the interface it leaves by. */
  source?: { ipv4?: string; ipv6?: string }
  /** Its ports speak for themselves only, unless one is trusted. */
  isGuarded: boolean
}

export interface PublishIntent {
  /** Where the host port is 0 it is opened on the container's address only. */
  ports: PublishedPort[]
  /** All are, beside what is translated. */
  isDirect?: boolean
  /** Of the container, without prefix length. */
  ipv4?: string
  ipv6?: string
}

export interface Firewall {
  /** Builds the tables or repairs them, then makes the elements exactly those of the intents. Idempotent. */
  reconcile(bridges: BridgeIntent[], published: PublishIntent[], guards?: PortGuard[]): Promise<void>
  /** Whether every table is there that such bridges need. */
  stands(bridges: BridgeIntent[]): Promise<boolean>
  /** Steps that add; their inverse (kernel/invert.ts) removes. */
  bridgeSteps(intent: BridgeIntent): KernelStep[]
  /** Before the port is up, and after it is down. */
  guardSteps(guard: PortGuard): KernelStep[]
  publishSteps(intent: PublishIntent): KernelStep[]
  /** In one transaction, so that what is published before and after is not missed in between; the same the other way round undoes it. */
  changeSteps(before: PublishIntent, after: PublishIntent): KernelStep[]
  /**
   * A UDP flow from before would go on to wherever it went then: connection tracking asks the maps only for a new one. Once
   * the elements are there, off the fast path: however many ports, each host address is a walk over all flows. Of the other
   * protocols only where ports are taken back, and nobody is to go on by them.
   */
  flushSteps(intent: PublishIntent, protocols?: Protocol[]): KernelStep[]
}

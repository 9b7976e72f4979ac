import type { NetworkRecord, PoolRequest } from '../../store/records.ts'

/** What a network is asked to be. Families that are not said are the options', or else IPv4 alone. */
export interface NetworkRequest
  extends
    Pick<
      NetworkRecord,
      'name' | 'driver' | 'isInternal' | 'isAttachable' | 'ipamDriver' | 'ipamOptions' | 'options' | 'labels'
    >,
    Partial<Pick<NetworkRecord, 'isIpv4' | 'isIpv6'>> {
  pools: PoolRequest[]
  /** It only holds configuration. */
  isConfigOnly: boolean
  /** Name of the network that has the configuration of this one. */
  configFrom?: string
}

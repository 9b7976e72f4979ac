/** What an ipvlan network's options may say: https://docs.docker.com/engine/network/drivers/ipvlan/#options */
import { errors } from '../../../api/errors.ts'
import type { NetworkRecord } from '../../store/records.ts'
import { mtu, shared } from '../network-options.ts'
import { parentOption } from '../parent-link.ts'

export const option = { mode: 'ipvlan_mode', flag: 'ipvlan_flag', parent: 'parent', mtu: shared.mtu } as const

const modes = ['l2', 'l3', 'l3s'] as const
const flags = ['bridge', 'private', 'vepa'] as const

export interface IpvlanOptions {
  /** l2: a switch; l3: the parent's host routes; l3s: and its netfilter and connection tracking see what it routes. */
  mode: (typeof modes)[number]
  flag: (typeof flags)[number]
  /** The host's interface that it rides on; undefined for one of its own, which leads nowhere. */
  parent: string | undefined
  mtu: number | undefined
}

/** Throws invalidParameter as dockerd words it. */
export function ipvlanOptions({ options }: Pick<NetworkRecord, 'options'>): IpvlanOptions {
  const wantedMode = options[option.mode] || 'l2'
  const mode = modes.find((known) => known === wantedMode)
  if (mode === undefined)
    throw errors.invalidParameter(
      `requested ipvlan mode '${wantedMode}' is not valid, 'l2' mode is the ipvlan driver default (of ${modes.join(', ')})`,
    )
  const wantedFlag = options[option.flag] || 'bridge'
  const flag = flags.find((known) => known === wantedFlag)
  if (flag === undefined)
    throw errors.invalidParameter(
      `requested ipvlan flag '${wantedFlag}' is not valid, 'bridge' is the ipvlan driver default flag (of ${flags.join(', ')})`,
    )
  return { mode, flag, parent: parentOption('ipvlan', options[option.parent]), mtu: mtu(options[option.mtu]) }
}

/** What a macvlan network's options may say: https://docs.docker.com/engine/network/drivers/macvlan/#options */
import { errors } from '../../../api/errors.ts'
import type { NetworkRecord } from '../../store/records.ts'
import { mtu, shared } from '../network-options.ts'
import { parentOption } from '../parent-link.ts'

export const option = { mode: 'macvlan_mode', parent: 'parent', mtu: shared.mtu } as const

const modes = ['bridge', 'private', 'vepa', 'passthru'] as const

export interface MacvlanOptions {
  mode: (typeof modes)[number]
  /** The host's interface that it rides on; undefined for one of its own, which leads nowhere. */
  parent: string | undefined
  mtu: number | undefined
}

/** Throws invalidParameter as dockerd words it. */
export function macvlanOptions({ options }: Pick<NetworkRecord, 'options'>): MacvlanOptions {
  const wanted = options[option.mode] || 'bridge'
  const mode = modes.find((known) => known === wanted)
  if (mode === undefined)
    throw errors.invalidParameter(
      `requested macvlan mode '${wanted}' is not valid, 'bridge' mode is the macvlan driver default (of ${modes.join(', ')})`,
    )
  return { mode, parent: parentOption('macvlan', options[option.parent]), mtu: mtu(options[option.mtu]) }
}

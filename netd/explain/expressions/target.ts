/** `target`: an action of iptables, as iptables-nft leaves it in a rule. */
import { addressText } from '../../../api/address/bytes.ts'
import type { NftExpression } from '../../kernel/nft.ts'
import { goOn, type Expression, type Result, type State } from '../scene.ts'
import { translated } from './translate.ts'

type Target = Extract<NftExpression, { name: 'target' }>['data']

interface Range {
  first?: string
  last?: string
  firstPort?: number
  lastPort?: number
}

/** NF_NAT_RANGE_MAP_IPS and NF_NAT_RANGE_PROTO_SPECIFIED, linux/netfilter/nf_nat.h. */
const mapIps = 1
const mapPorts = 2

/**
 * struct nf_nat_range2 (and nf_nat_range), whose ports are in network order; of MASQUERADE, REDIRECT and the older SNAT and
 * DNAT for IPv4 struct nf_nat_ipv4_multi_range_compat: a count, then flags, two addresses, two ports.
 */
function range(info: Buffer, isOld: boolean, isIpv4: boolean): Range {
  const [flags, first, last, port] = isOld ? [info.readUInt32LE(4), 8, 12, 16] : [info.readUInt32LE(0), 4, 20, 36]
  const width = isIpv4 ? 4 : 16
  return {
    ...((flags & mapIps) === 0
      ? {}
      : {
          first: addressText(info.subarray(first, first + width)),
          last: addressText(info.subarray(last, last + width)),
        }),
    ...((flags & mapPorts) === 0 ? {} : { firstPort: info.readUInt16BE(port), lastPort: info.readUInt16BE(port + 2) }),
  }
}

function translate({ extension, revision, info }: Target, state: State): Result {
  const isIpv4 = state.packet.family === 'ipv4'
  const isOld = isIpv4 && (extension === 'MASQUERADE' || revision === 0)
  const { first, last, firstPort, lastPort } = range(Buffer.from(info), isOld, isIpv4)
  if (first !== last) return { unknown: 'it translates to one of several addresses' }
  const kind = extension === 'SNAT' || extension === 'MASQUERADE' ? 'source' : 'destination'
  if (kind === 'destination' && firstPort !== lastPort) return { unknown: 'it translates to one of several ports' }
  const isBare = extension === 'MASQUERADE' || extension === 'REDIRECT'
  const address = isBare ? undefined : (first ?? (kind === 'source' ? state.packet.source : state.packet.destination))
  return translated(state, {
    kind,
    ...(address === undefined ? {} : { address }),
    ...(firstPort === undefined || kind === 'source' ? {} : { port: firstPort }),
  })
}

/** What looks on, or changes only what nobody on the way asks for. */
const harmless = new Set(['LOG', 'NFLOG', 'TRACE', 'TCPMSS', 'CHECKSUM', 'AUDIT', 'DSCP', 'TOS'])

export const target: Expression<Target> = {
  evaluate(data, state) {
    const { extension, revision, info } = data
    const bytes = Buffer.from(info)
    if (['SNAT', 'DNAT', 'MASQUERADE', 'REDIRECT'].includes(extension)) return translate(data, state)
    if (extension === 'REJECT') return { verdict: { kind: 'drop', answer: 'ICMP or TCP reset' }, state }
    // struct xt_ct_target_info: XT_CT_NOTRACK and XT_CT_NOTRACK_ALIAS, then a zone.
    if (extension === 'CT') {
      if ((bytes.readUInt16LE(0) & 3) !== 0) return goOn({ ...state, isUntracked: true })
      if ((bytes.readUInt16LE(0) & ~3) !== 0 || bytes.readUInt16LE(2) !== 0)
        return { unknown: 'it sets the zone of connection tracking' }
      return goOn(state)
    }
    if (extension === 'NOTRACK') return goOn({ ...state, isUntracked: true })
    // struct xt_mark_tginfo2: (mark & ~mask) ^ mark.
    if (extension === 'MARK' && revision === 2) {
      const mark = ((state.packet.mark & ~bytes.readUInt32LE(4)) ^ bytes.readUInt32LE(0)) >>> 0
      return goOn({ ...state, packet: { ...state.packet, mark } })
    }
    if (harmless.has(extension)) return goOn(state)
    return { unknown: `the iptables target ${extension} (revision ${revision}) is not evaluated` }
  },
  describe: ({ extension }) => `-j ${extension}`,
}

/** `ct` and `notrack`: what connection tracking knows of the flow. */
import { addressBytes } from '../../../api/address/bytes.ts'
import type { NftExpression } from '../../kernel/nft.ts'
import { known, u16be, u32, type Bytes, type Tuple } from '../packet.ts'
import { isExact, load, store } from '../registers.ts'
import { goOn, goOnWithout, type Expression, type State, type Tracking } from '../scene.ts'

type Ct = Extract<NftExpression, { name: 'ct' }>['data']
type Notrack = Extract<NftExpression, { name: 'notrack' }>['data']

/** NF_CT_STATE_BIT of enum ip_conntrack_info, and IPS_*: linux/netfilter/nf_conntrack_common.h. */
const states = { invalid: 1, established: 2, new: 8, untracked: 64 } as const
const seenReply = 1 << 1
const confirmed = 1 << 3
const snat = 1 << 4
const dnat = 1 << 5
const natDone = (1 << 7) | (1 << 8)

type Load = (tracking: Tracking, state: State, tuple: Tuple) => Bytes | undefined

/** nft_ct_get_eval (net/netfilter/nft_ct.c). */
const loads: Partial<Record<string, Load>> = {
  // Bits that come while the packet is on its way (assured, dying) are not known, and hardly ever asked for.
  status: ({ direction, isSourceTranslated, isDestinationTranslated }) =>
    known(
      u32(
        (direction === 'reply' ? seenReply | confirmed | natDone : 0) |
          (isSourceTranslated ? snat : 0) |
          (isDestinationTranslated ? dnat : 0),
      ),
    ),
  direction: ({ direction }) => known(Uint8Array.of(direction === 'original' ? 0 : 1)),
  mark: (_tracking, { connectionMark }) => known(u32(connectionMark)),
  zone: () => known(Uint8Array.of(0, 0)),
  src: (_tracking, _state, { source }) => known(addressBytes(source)),
  dst: (_tracking, _state, { destination }) => known(addressBytes(destination)),
  src_ip: (_tracking, _state, { source }) => known(addressBytes(source)),
  dst_ip: (_tracking, _state, { destination }) => known(addressBytes(destination)),
  src_ip6: (_tracking, _state, { source }) => known(addressBytes(source)),
  dst_ip6: (_tracking, _state, { destination }) => known(addressBytes(destination)),
  proto_src: (_tracking, _state, { sourcePort }) => u16be(sourcePort),
  proto_dst: (_tracking, _state, { destinationPort }) => u16be(destinationPort),
}

const fieldNames: Record<string, string> = {
  src_ip: 'ip saddr',
  dst_ip: 'ip daddr',
  src_ip6: 'ip6 saddr',
  dst_ip6: 'ip6 daddr',
  proto_src: 'proto-src',
  proto_dst: 'proto-dst',
}

export const ct: Expression<Ct> = {
  evaluate({ key, dreg, sreg, direction }, state, { tracking, family }) {
    // nf_conntrack_bridge, which the kernel starts with the first such rule, and br_netfilter both track frames.
    if (family === 'bridge') return goOnWithout(state, 'connection tracking on a bridge is not followed')
    if (typeof sreg === 'number') {
      if (key === 'zone') return { unknown: 'it sets the zone of connection tracking' }
      if (key !== 'mark' || tracking === undefined) return goOn(state)
      const value = load(state.registers, sreg, 4)
      if (!isExact(value)) return { unknown: 'the mark that it sets is not known' }
      return goOn({ ...state, connectionMark: Buffer.from(value.low).readUInt32LE() })
    }
    if (typeof dreg !== 'number') return 'no'
    if (key === 'state') {
      // Before connection tracking has seen a packet, it counts as invalid.
      const now = state.isUntracked ? 'untracked' : (tracking?.state ?? 'invalid')
      return goOn({ ...state, registers: store(state.registers, dreg, known(u32(states[now]))) })
    }
    if (tracking === undefined || state.isUntracked) return 'no'
    const read = loads[String(key)]
    if (read === undefined) return goOnWithout(state, `ct ${key} is not known beforehand`)
    const value = read(tracking, state, direction === 'reply' ? tracking.reply : tracking.original)
    return value === undefined ? 'no' : goOn({ ...state, registers: store(state.registers, dreg, value) })
  },
  describe({ key, dreg, sreg, direction }, words) {
    const what = ['ct', ...(direction === undefined ? [] : [direction]), fieldNames[String(key)] ?? key].join(' ')
    if (typeof sreg === 'number') return `${what} set ${words.get(sreg) ?? 'REGISTER'}`
    if (typeof dreg === 'number') words.set(dreg, what)
    return undefined
  },
}

export const notrack: Expression<Notrack> = {
  evaluate: (_data, state) => goOn({ ...state, isUntracked: true }),
  describe: () => 'notrack',
}

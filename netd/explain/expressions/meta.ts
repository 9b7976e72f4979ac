/** `meta`: what goes with the packet besides its bytes. */
import type { NftExpression } from '../../kernel/nft.ts'
import type { Link } from '../../kernel/model.ts'
import { anything, known, protocolNumber, u32, type Bytes } from '../packet.ts'
import { isExact, load, store } from '../registers.ts'
import { goOn, goOnWithout, type Expression, type Scene, type State } from '../scene.ts'

type Meta = Extract<NftExpression, { name: 'meta' }>['data']

const ifnameBytes = 16

function name(link: Link | undefined): Bytes {
  const bytes = Buffer.alloc(ifnameBytes)
  bytes.write(link?.name ?? '')
  return known(bytes)
}

/** NFPROTO_*, linux/netfilter.h; ETH_P_*, linux/if_ether.h. */
const families = {
  ipv4: { nfproto: 2, etherType: [0x08, 0x00] },
  ipv6: { nfproto: 10, etherType: [0x86, 0xdd] },
} as const

/** nft_meta_get_eval (net/netfilter/nft_meta.c); undefined where the kernel ends the rule. */
const loads: Partial<Record<string, (state: State, scene: Scene) => Bytes | undefined>> = {
  len: ({ packet }) => known(u32(packet.size)),
  protocol: ({ packet }) => known(Uint8Array.from(families[packet.family].etherType)),
  nfproto: ({ packet }) => known(Uint8Array.of(families[packet.family].nfproto)),
  l4proto: ({ packet }) => known(Uint8Array.of(protocolNumber(packet))),
  mark: ({ packet }) => known(u32(packet.mark)),
  // An index of 0, an empty name: the hook has no such interface.
  iif: (_state, { input }) => known(u32(input?.index ?? 0)),
  oif: (_state, { output }) => known(u32(output?.index ?? 0)),
  iifname: (_state, { input }) => name(input),
  oifname: (_state, { output }) => name(output),
  iifgroup: (_state, { input }) => (input === undefined ? undefined : known(u32(input.group))),
  oifgroup: (_state, { output }) => (output === undefined ? undefined : known(u32(output.group))),
  ibrname: (_state, { inputBridge }) => (inputBridge === undefined ? undefined : name(inputBridge)),
  obrname: (_state, { outputBridge }) => (outputBridge === undefined ? undefined : name(outputBridge)),
  // PACKET_HOST, linux/if_packet.h: a unicast packet that somebody receives was sent to him.
  pkttype: () => known(Uint8Array.of(0)),
  priority: () => known(u32(0)),
  // Of a packet that is forwarded there is no socket to ask.
  skuid: (_state, { hook }) => (hook === 'output' || hook === 'postrouting' ? anything(4) : undefined),
  skgid: (_state, { hook }) => (hook === 'output' || hook === 'postrouting' ? anything(4) : undefined),
  cgroup: (_state, { hook }) => (hook === 'output' || hook === 'postrouting' ? anything(4) : undefined),
  random: () => anything(4),
  cpu: () => anything(4),
}

const bare = new Set(['iif', 'oif', 'iifname', 'oifname'])
const word = (key: Meta['key']): string => (bare.has(String(key)) ? String(key) : `meta ${key}`)

export const meta: Expression<Meta> = {
  evaluate({ key, dreg, sreg }, state, scene) {
    if (typeof sreg === 'number') {
      if (key !== 'mark') return goOn(state)
      const value = load(state.registers, sreg, 4)
      if (!isExact(value)) return { unknown: 'the mark that it sets is not known' }
      return goOn({ ...state, packet: { ...state.packet, mark: Buffer.from(value.low).readUInt32LE() } })
    }
    const read = loads[String(key)]
    if (read === undefined || typeof dreg !== 'number') return goOnWithout(state, `meta ${key} is not known beforehand`)
    const value = read(state, scene)
    return value === undefined ? 'no' : goOn({ ...state, registers: store(state.registers, dreg, value) })
  },
  describe({ key, dreg, sreg }, words) {
    if (typeof sreg === 'number') return `${word(key)} set ${words.get(sreg) ?? 'REGISTER'}`
    if (typeof dreg === 'number') words.set(dreg, word(key))
    return undefined
  },
}

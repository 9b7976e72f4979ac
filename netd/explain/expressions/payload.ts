/** `payload`: bytes of the packet's headers. */
import { headerField, type NftExpression } from '../../kernel/nft.ts'
import { known, networkHeader, transportHeader, type Bytes } from '../packet.ts'
import { store } from '../registers.ts'
import { goOn, goOnWithout, type Expression, type Scene, type State } from '../scene.ts'

type Payload = Extract<NftExpression, { name: 'payload' }>['data']

const names = [
  ...Object.entries(headerField),
  ['tcp flags', { base: 'transport', offset: 13, len: 1 }],
  ['ether daddr', { base: 'link', offset: 0, len: 6 }],
  ['ether saddr', { base: 'link', offset: 6, len: 6 }],
  ['ether type', { base: 'link', offset: 12, len: 2 }],
] as const

const mac = (text: string): Uint8Array => Buffer.from(text.replaceAll(':', ''), 'hex')

/** Undefined where there is none: what the machine sends itself has no frame yet. */
function header(base: Payload['base'], { packet }: State, { frame }: Scene): Bytes | undefined {
  if (base === 'network') return networkHeader(packet)
  if (base === 'transport') return transportHeader(packet)
  if (base !== 'link' || frame === undefined) return undefined
  const etherType = packet.family === 'ipv4' ? Uint8Array.of(0x08, 0x00) : Uint8Array.of(0x86, 0xdd)
  return known(Buffer.concat([mac(frame.destination), mac(frame.source), etherType]))
}

export const payload: Expression<Payload> = {
  evaluate({ base, offset, len, dreg }, state, scene) {
    if (base !== 'link' && base !== 'network' && base !== 'transport')
      return goOnWithout(state, 'it looks behind the transport header')
    const source = header(base, state, scene)
    // nft_payload_eval (net/netfilter/nft_payload.c): a packet that is too short for the field ends the rule.
    if (source === undefined || offset + len > source.low.length || dreg === 'verdict') return 'no'
    const part = { low: source.low.subarray(offset, offset + len), high: source.high.subarray(offset, offset + len) }
    return goOn({ ...state, registers: store(state.registers, dreg, part) })
  },
  describe({ base, offset, len, dreg }, words) {
    const field = names.find(([, at]) => at.base === base && at.offset === offset && len <= at.len)
    if (dreg !== 'verdict') words.set(dreg, field?.[0] ?? `@${base},${offset * 8},${len * 8}`)
    return undefined
  },
}

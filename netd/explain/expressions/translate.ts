/** `nat`, `masq`, `redir`: another address, from here to the end of the flow. */
import { addressText } from '../../../api/address/bytes.ts'
import type { NftExpression } from '../../kernel/nft.ts'
import { isExact, load } from '../registers.ts'
import type { Expression, Result, State, Translation } from '../scene.ts'

type Nat = Extract<NftExpression, { name: 'nat' }>['data']
type Masquerade = Extract<NftExpression, { name: 'masq' }>['data']
type Redirect = Extract<NftExpression, { name: 'redir' }>['data']

/** nf_nat accepts what it translates. */
export function translated(state: State, translation: Translation): Result {
  return { verdict: { kind: 'accept' }, state: { ...state, translation } }
}

function port(state: State, register: Nat['protoMin']): number | undefined | 'unknown' {
  if (typeof register !== 'number') return undefined
  const value = load(state.registers, register, 2)
  return isExact(value) ? Buffer.from(value.low).readUInt16BE() : 'unknown'
}

export const nat: Expression<Nat> = {
  evaluate({ type, family, addrMin, addrMax, protoMin }, state) {
    const width = state.packet.family === 'ipv4' ? 4 : 16
    // In an inet table the rule is there for one of the families.
    if ((family === 'ip') !== (state.packet.family === 'ipv4')) return 'no'
    const address = typeof addrMin === 'number' ? load(state.registers, addrMin, width) : undefined
    const last = typeof addrMax === 'number' ? load(state.registers, addrMax, width) : address
    const to = port(state, protoMin)
    const isOne = address === undefined || (isExact(address) && Buffer.compare(address.low, last!.low) === 0)
    if (!isOne || to === 'unknown') return { unknown: 'it translates to one of several addresses' }
    return translated(state, {
      kind: type === 'snat' ? 'source' : 'destination',
      address:
        address === undefined
          ? type === 'snat'
            ? state.packet.source
            : state.packet.destination
          : addressText(address.low),
      ...(to === undefined ? {} : { port: to }),
    })
  },
  describe({ type, addrMin, protoMin }, words) {
    const address = typeof addrMin === 'number' ? (words.get(addrMin) ?? 'REGISTER') : ''
    const to = typeof protoMin === 'number' ? words.get(protoMin) : undefined
    return `${type} to ${address}${to === undefined ? '' : `:${to}`}`
  },
}

export const masquerade: Expression<Masquerade> = {
  evaluate: (_data, state) => translated(state, { kind: 'source' }),
  describe: () => 'masquerade',
}

export const redirect: Expression<Redirect> = {
  evaluate({ protoMin }, state) {
    const to = port(state, protoMin)
    if (to === 'unknown') return { unknown: 'it redirects to a port that is not known beforehand' }
    return translated(state, { kind: 'destination', ...(to === undefined ? {} : { port: to }) })
  },
  describe: ({ protoMin }, words) =>
    `redirect${typeof protoMin === 'number' ? ` to :${words.get(protoMin) ?? 'REGISTER'}` : ''}`,
}

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

/** Of a range the kernel takes one that is free. */
function port(state: State, { protoMin, protoMax = protoMin }: Redirect): number | undefined | 'unknown' {
  if (typeof protoMin !== 'number' || typeof protoMax !== 'number') return undefined
  const [first, last] = [load(state.registers, protoMin, 2), load(state.registers, protoMax, 2)]
  const isOne = isExact(first) && isExact(last) && Buffer.compare(first.low, last.low) === 0
  return isOne ? Buffer.from(first.low).readUInt16BE() : 'unknown'
}

export const nat: Expression<Nat> = {
  evaluate({ type, family, addrMin, addrMax, protoMin, protoMax }, state) {
    const width = state.packet.family === 'ipv4' ? 4 : 16
    // In an inet table the rule is there for one of the families.
    if ((family === 'ip') !== (state.packet.family === 'ipv4')) return 'no'
    const address = typeof addrMin === 'number' ? load(state.registers, addrMin, width) : undefined
    const last = typeof addrMax === 'number' ? load(state.registers, addrMax, width) : address
    const kind = type === 'snat' ? 'source' : 'destination'
    const chosen = port(state, { protoMin, protoMax })
    // Nobody minds which port of several he is asked from.
    const to = kind === 'source' && chosen === 'unknown' ? undefined : chosen
    const isOne = address === undefined || (isExact(address) && Buffer.compare(address.low, last!.low) === 0)
    if (!isOne || to === 'unknown') return { unknown: 'it translates to one of several addresses' }
    return translated(state, {
      kind,
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
  evaluate(range, state) {
    const to = port(state, range)
    if (to === 'unknown') return { unknown: 'it redirects to a port that is not known beforehand' }
    return translated(state, { kind: 'destination', ...(to === undefined ? {} : { port: to }) })
  },
  describe: ({ protoMin }, words) =>
    `redirect${typeof protoMin === 'number' ? ` to :${words.get(protoMin) ?? 'REGISTER'}` : ''}`,
}

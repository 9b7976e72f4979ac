/** `fib`: what the routing tables say of one of the packet's addresses. */
import type { NftExpression } from '../../kernel/nft.ts'
import { known, u32 } from '../packet.ts'
import { store } from '../registers.ts'
import { goOn, goOnWithout, type AddressType, type Expression } from '../scene.ts'

type Fib = Extract<NftExpression, { name: 'fib' }>['data']

/** RTN_*, linux/rtnetlink.h. */
export const addressTypeNumbers: Record<AddressType, number> = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  multicast: 5,
  unreachable: 7,
}

export const fib: Expression<Fib> = {
  evaluate({ dreg, result, flags }, state, { addressType, input, output, wayBack }) {
    if (dreg === 'verdict') return 'no'
    const address = flags.includes('saddr') ? state.packet.source : state.packet.destination
    const on = flags.includes('iif') ? input?.index : flags.includes('oif') ? output?.index : undefined
    if (result === 'type') {
      const type = addressTypeNumbers[addressType(address, on)]
      return goOn({ ...state, registers: store(state.registers, dreg, known(u32(type))) })
    }
    if (!flags.includes('saddr') || wayBack === undefined)
      return goOnWithout(state, 'it asks the routing tables for an interface')
    // nft_fib4_eval (net/ipv4/netfilter/nft_fib_ipv4.c): with `iif`, a way by another interface counts as none.
    const found = on === undefined || wayBack.outputIndex === on ? wayBack.outputIndex : undefined
    if (flags.includes('present'))
      return goOn({ ...state, registers: store(state.registers, dreg, known(u32(found === undefined ? 0 : 1))) })
    if (result === 'oif') return goOn({ ...state, registers: store(state.registers, dreg, known(u32(found ?? 0))) })
    return goOnWithout(state, 'it asks the routing tables for the name of an interface')
  },
  describe({ dreg, result, flags }, words) {
    if (dreg !== 'verdict') words.set(dreg, `fib ${flags.filter((flag) => flag !== 'present').join(' . ')} ${result}`)
    return undefined
  },
}

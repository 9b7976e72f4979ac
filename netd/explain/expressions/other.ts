/** Expressions without a table of their own: those that change nothing a verdict depends on, and those that nobody can foretell. */
import type { NftExpression } from '../../kernel/nft.ts'
import { goOn, goOnWithout, type Expression } from '../scene.ts'

type Other = Extract<NftExpression, { name: 'other' }>
type Exthdr = Extract<NftExpression, { name: 'exthdr' }>['data']

/** What notes that it was there, or acts on copies and later packets. */
const harmless = new Set(['last', 'flow_offload', 'dup'])

/** A value that nobody knows goes into a register. */
const loads: Record<string, string> = {
  numgen: 'it counts packets or draws a number',
  hash: 'it hashes fields of the packet',
  rt: 'it looks at the route',
  socket: 'it looks for a socket',
  osf: 'it guesses the operating system of the sender',
  xfrm: 'it looks at IPsec',
  tunnel: 'it looks at a tunnel',
}

/** Whether the rule goes on from here. */
const tests: Record<string, string> = {
  quota: 'it depends on how many bytes have passed',
  connlimit: 'it depends on how many connections there are',
  dynset: 'it depends on what a set holds by then',
  objref: 'it names an object (a quota, a limit, a helper)',
}

export const other: Expression<Other> = {
  evaluate({ otherName }, state) {
    if (harmless.has(otherName)) return goOn(state)
    const load = loads[otherName]
    if (load !== undefined) return goOnWithout(state, load)
    const test = tests[otherName]
    if (test !== undefined) return { unsure: test, state }
    return { unknown: `${otherName} is not evaluated` }
  },
  describe: ({ otherName }) => otherName,
}

export const exthdr: Expression<Exthdr> = {
  // `tcp option maxseg size set`: nothing of a packet's way depends on it.
  evaluate: ({ sreg }, state) =>
    sreg === undefined ? goOnWithout(state, 'it looks into options and extension headers') : goOn(state),
  describe: ({ sreg, type }) => `option ${type ?? 0}${sreg === undefined ? '' : ' set'}`,
}

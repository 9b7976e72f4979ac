/** `reject`: the end, and the sender is told. */
import type { NftExpression } from '../../kernel/nft.ts'
import type { Expression } from '../scene.ts'

type Reject = Extract<NftExpression, { name: 'reject' }>['data']

/** enum nft_reject_inet_code, linux/netfilter/nf_tables.h. */
const codes = ['no route', 'port unreachable', 'host unreachable', 'administratively prohibited']

function answer({ type, code }: Reject): string {
  if (type === 'tcp-reset') return 'TCP reset'
  return type === 'icmpx' ? `ICMP ${codes[code ?? 1] ?? code}` : `ICMP unreachable, code ${code ?? 0}`
}

export const reject: Expression<Reject> = {
  evaluate: (data, state) => ({ verdict: { kind: 'drop', answer: answer(data) }, state }),
  describe: ({ type }) => `reject${type === 'tcp-reset' ? ' with tcp reset' : ''}`,
}

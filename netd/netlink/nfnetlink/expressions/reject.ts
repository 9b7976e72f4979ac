/** `reject`: drops and tells the sender. */
import { nested } from '../../codec/attributes.ts'
import { be32, enumeration, u8 } from '../../codec/format.ts'

export const reject = nested({
  /** enum nft_reject_types, linux/netfilter/nf_tables.h. `icmpx` speaks the packet's own family. */
  type: [1, enumeration(be32, { icmp: 0, 'tcp-reset': 1, icmpx: 2 }), 'required'],
  /** For icmpx: enum nft_reject_inet_code: 0 no route, 1 port, 2 host unreachable, 3 administratively prohibited. */
  code: [2, u8],
})

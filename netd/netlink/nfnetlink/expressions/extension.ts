/**
 * `match` and `target`: an extension of iptables inside a rule, which is how iptables-nft says what nf_tables has no words
 * for. `info` is the extension's own structure, linux/netfilter/xt_NAME.h.
 */
import { nested } from '../../codec/attributes.ts'
import { be32, bytes, string } from '../../codec/format.ts'

/** enum nft_target_attributes and enum nft_match_attributes, linux/netfilter/nf_tables_compat.h and nf_tables.h, count alike. */
export const extension = nested({
  extension: [1, string, 'required'],
  revision: [2, be32, 'required'],
  info: [3, bytes, 'required'],
})

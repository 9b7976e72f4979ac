/** struct nft_data as attributes: a value (NFTA_DATA_VALUE) or a verdict (NFTA_DATA_VERDICT), linux/netfilter/nf_tables.h. */
import { nested } from '../../codec/attributes.ts'
import { bei32, enumeration, string, type Format } from '../../codec/format.ts'
import { encodeValues, type NftValue } from '../values.ts'

/** Written from typed fields; read back as bytes, because the kernel does not keep types. */
export const fields: Format<NftValue[]> = {
  write: (writer, value) => writer.raw(encodeValues(value)),
  read: (bytes) => [{ bytes: Buffer.from(bytes) }],
}

/** NFTA_DATA_VALUE alone. */
export const value = nested({ value: [1, fields, 'required'] })

const verdict = nested({
  /** enum nft_verdicts, and NF_DROP and NF_ACCEPT of linux/netfilter.h. */
  code: [
    1,
    enumeration(bei32, { drop: 0, accept: 1, continue: -1, break: -2, jump: -3, goto: -4, return: -5 }),
    'required',
  ],
  chain: [2, string],
})

export const data = nested({ value: [1, fields], verdict: [2, verdict] })

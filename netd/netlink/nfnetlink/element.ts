/** NFT_MSG_*SETELEM: linux/netfilter/nf_tables.h, enum nft_set_elem_attributes. */
import { attributes, list, nested, type ValuesOf } from '../codec/attributes.ts'
import { be32, be64, bits, bytes, string } from '../codec/format.ts'
import { Message } from '../codec/message.ts'
import type { NftElement, NftVerdict } from './commands.ts'
import { data, value } from './expressions/data.ts'
import { nfgenmsg } from './header.ts'
import { typesOf, type SetMessage } from './set.ts'
import { encodeValues, nftTypes, type NftValue } from './values.ts'

export const NFT_MSG_NEWSETELEM = 12
export const NFT_MSG_GETSETELEM = 13
export const NFT_MSG_DELSETELEM = 14

const element = nested({
  key: [1, value],
  data: [2, data],
  flags: [3, bits(be32, { 'interval-end': 1, catchall: 2 })],
  timeout: [4, be64],
  expiration: [5, be64],
  userdata: [6, bytes],
  objref: [9, string],
  keyEnd: [10, value],
})

type WireElement = ValuesOf<typeof element.table>

export const elementsMessage = new Message(
  nfgenmsg,
  attributes({ table: [1, string], set: [2, string], elements: [3, list(1, element)], setId: [4, be32] }),
)

function wireData(value: NonNullable<NftElement['data']>): WireElement['data'] {
  if (Array.isArray(value)) return { value }
  return { verdict: { code: value.verdict, ...('chain' in value ? { chain: value.chain } : {}) } }
}

/** The next key, which ends an interval that includes this one; undefined after the last. */
function successor(key: Uint8Array): Uint8Array | undefined {
  const next = Buffer.from(key)
  for (let at = next.length - 1; at >= 0; at--) {
    next[at] = ((next[at] as number) + 1) & 0xff
    if (next[at] !== 0) return next
  }
  return undefined
}

/**
 * An element as the kernel takes it. In a concatenation an interval is one element with a closing key; in a set of single
 * fields (nft_set_rbtree) it is two: the first key, and the first key that is no longer in it, marked `interval-end`.
 */
export function wireElements(item: NftElement, isInterval: boolean): WireElement[] {
  const carried = item.data === undefined ? {} : { data: wireData(item.data) }
  if (item.key.length > 1 || !isInterval) {
    return [
      {
        key: { value: item.key },
        ...(item.keyEnd === undefined ? {} : { keyEnd: { value: item.keyEnd } }),
        ...carried,
      },
    ]
  }
  const end = successor(encodeValues(item.keyEnd ?? item.key))
  return [
    { key: { value: item.key }, ...carried },
    ...(end === undefined ? [] : [{ key: { value: [{ bytes: end }] }, flags: ['interval-end' as const] }]),
  ]
}

function decodeFields(typeId: number, raw: NftValue[] | undefined): NftValue[] {
  const [only] = raw ?? []
  const source = only !== undefined && 'bytes' in only ? Buffer.from(only.bytes) : Buffer.alloc(0)
  const types = typesOf(typeId)
  if (types === undefined) return [{ bytes: source }]
  let offset = 0
  return types.map((type) => {
    const { size, decode } = nftTypes[type]
    const part = source.subarray(offset, offset + size)
    offset += (size + 3) & ~3
    return decode(part)
  })
}

function decodeData(wire: NonNullable<WireElement['data']>, set: SetMessage): NonNullable<NftElement['data']> {
  if (wire.verdict === undefined) return decodeFields(set.dataType ?? 0, wire.value)
  const { code, chain } = wire.verdict
  return (chain === undefined ? { verdict: code } : { verdict: code, chain }) as NftVerdict
}

function predecessor(key: Uint8Array): Buffer {
  const previous = Buffer.from(key)
  for (let at = previous.length - 1; at >= 0; at--) {
    previous[at] = ((previous[at] as number) - 1) & 0xff
    if (previous[at] !== 0xff) break
  }
  return previous
}

const rawKey = (item: WireElement): Uint8Array => encodeValues(item.key?.value ?? [])

/** Elements as they were given, from what the kernel dumps of a set. */
export function readElements(set: SetMessage, wire: WireElement[]): NftElement[] {
  const keyType = set.keyType ?? 0
  const typed = (item: WireElement, keyEnd?: NftValue[]): NftElement => ({
    key: decodeFields(keyType, item.key?.value),
    ...(keyEnd === undefined ? {} : { keyEnd }),
    ...(item.data === undefined ? {} : { data: decodeData(item.data, set) }),
  })
  const isInterval = set.flags?.includes('interval') === true
  if (!isInterval || set.flags?.includes('concat') === true) {
    return wire.map((item) =>
      typed(item, item.keyEnd === undefined ? undefined : decodeFields(keyType, item.keyEnd.value)),
    )
  }
  // Single fields: starts and ends are separate elements; an end sorts before a start of the same key.
  const sorted = wire.toSorted(
    (a, b) =>
      Buffer.compare(rawKey(a), rawKey(b)) ||
      Number(b.flags?.includes('interval-end') ?? false) - Number(a.flags?.includes('interval-end') ?? false),
  )
  return sorted.flatMap((item, index) => {
    if (item.flags?.includes('interval-end') === true) return []
    const next = sorted[index + 1]
    const key = rawKey(item)
    const last = next === undefined ? Buffer.alloc(key.length, 0xff) : predecessor(rawKey(next))
    return [typed(item, Buffer.compare(last, key) === 0 ? undefined : decodeFields(keyType, [{ bytes: last }]))]
  })
}

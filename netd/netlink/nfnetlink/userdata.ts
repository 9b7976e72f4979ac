/**
 * What nft(8) leaves for itself in an object, which the kernel keeps without looking: type and length, a byte each, and
 * the value (libnftnl, include/libnftnl/udata.h).
 */

function entry(type: number, value: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(type, value.length), value])
}

/** NFTNL_UDATA_RULE_COMMENT. */
export function ruleComment(comment: string): Uint8Array {
  const text = Buffer.from(`${comment}\0`)
  if (text.length > 128) throw new RangeError(`a rule's comment holds at most 127 bytes: ${comment}`)
  return entry(0, text)
}

/** Undefined for a rule that nobody has commented. */
export function commentOf(userdata: Uint8Array | undefined): string | undefined {
  const source = Buffer.from(userdata ?? [])
  for (let at = 0; at + 2 <= source.length; at += 2 + source[at + 1]!) {
    if (source[at] === 0) return source.toString('utf8', at + 2, at + 2 + source[at + 1]!).replace(/\0$/, '')
  }
  return undefined
}

/** How nft reads a field: `enum byteorder` of nftables' include/datatype.h; a concatenation has none of its own. */
export type ByteOrder = 'none' | 'host' | 'big'
const byteOrders: Record<ByteOrder, number> = { none: 0, host: 1, big: 2 }

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** NFTNL_UDATA_SET_KEYBYTEORDER and NFTNL_UDATA_SET_DATABYTEORDER: without them nft prints elements with their bytes reversed. */
export function setByteOrders(key: ByteOrder, data: ByteOrder | undefined): Uint8Array {
  return Buffer.concat([
    entry(0, u32(byteOrders[key])),
    ...(data === undefined ? [] : [entry(1, u32(byteOrders[data]))]),
  ])
}

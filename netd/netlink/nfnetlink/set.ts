/** NFT_MSG_*SET: linux/netfilter/nf_tables.h, enum nft_set_attributes. A map is a set whose elements carry data. */
import { attributes, list, nested } from '../codec/attributes.ts'
import { be32, be64, bits, bytes, string } from '../codec/format.ts'
import { Message, type Decoded } from '../codec/message.ts'
import { nfgenmsg } from './header.ts'
import { setByteOrders, type ByteOrder } from './userdata.ts'
import { nftTypes, type NftType } from './values.ts'

export const NFT_MSG_NEWSET = 9
export const NFT_MSG_GETSET = 10

/** NFTA_SET_FIELD_LEN: of one field of a concatenation, in bytes before padding. */
const field = nested({ length: [1, be32, 'required'] })

export const setMessage = new Message(
  nfgenmsg,
  attributes({
    table: [1, string],
    name: [2, string],
    flags: [
      3,
      bits(be32, {
        anonymous: 1,
        constant: 2,
        interval: 4,
        map: 8,
        timeout: 16,
        eval: 32,
        object: 64,
        concat: 128,
        expr: 256,
      }),
    ],
    keyType: [4, be32],
    keyLength: [5, be32],
    dataType: [6, be32],
    dataLength: [7, be32],
    policy: [8, be32],
    description: [9, nested({ size: [1, be32], concat: [2, list(1, field)] })],
    id: [10, be32],
    timeout: [11, be64],
    gcInterval: [12, be32],
    userdata: [13, bytes],
    handle: [16, be64],
  }),
)

export type SetMessage = Decoded<typeof setMessage>

/** NFT_DATA_VERDICT, and the six bits that a concatenation's id gives each field (TYPE_BITS, nftables' include/datatype.h). */
const verdictType = 0xffffff00
const typeBits = 6

type FieldType = Exclude<NftType, 'verdict'>

const padded = (size: number): number => (size + 3) & ~3

/** Id, size in bytes and byte order of a field or a concatenation. */
function shape(types: FieldType[]): { id: number; length: number; order: ByteOrder } {
  const [only] = types
  if (only !== undefined && types.length === 1) {
    const { id, size, isBigEndian } = nftTypes[only]
    return { id, length: size, order: isBigEndian ? 'big' : 'host' }
  }
  return {
    id: types.reduce((id, type) => (id << typeBits) | nftTypes[type].id, 0),
    length: types.reduce((length, type) => length + padded(nftTypes[type].size), 0),
    order: 'none',
  }
}

function fieldTypes(types: NftType[]): FieldType[] {
  return types.map((type) => {
    if (type === 'verdict') throw new TypeError('a verdict is the data of a map, alone, and never part of a key')
    return type
  })
}

/** What describes a set to the kernel, and to nft when it lists it. */
export function describeSet(definition: {
  key: NftType[]
  data?: NftType[]
  isInterval?: boolean
}): Omit<Parameters<typeof setMessage.write>[1], 'id'> {
  const keyTypes = fieldTypes(definition.key)
  const key = shape(keyTypes)
  const isVerdictMap = definition.data?.length === 1 && definition.data[0] === 'verdict'
  const data =
    definition.data === undefined
      ? undefined
      : isVerdictMap
        ? { id: verdictType, length: 0, order: 'none' as const }
        : shape(fieldTypes(definition.data))
  const isInterval = definition.isInterval === true
  const isConcatInterval = isInterval && keyTypes.length > 1
  return {
    flags: [
      ...(isInterval ? ['interval' as const] : []),
      ...(data === undefined ? [] : ['map' as const]),
      ...(isConcatInterval ? ['concat' as const] : []),
    ],
    keyType: key.id,
    keyLength: key.length,
    ...(data === undefined ? {} : { dataType: data.id, dataLength: data.length }),
    // Ranges in a concatenation need the fields' sizes (nft_set_pipapo).
    ...(isConcatInterval ? { description: { concat: keyTypes.map((type) => ({ length: nftTypes[type].size })) } } : {}),
    userdata: setByteOrders(key.order, data?.order),
  }
}

/** The fields behind an id; undefined where one is not among ours. */
export function typesOf(id: number): FieldType[] | undefined {
  const types: FieldType[] = []
  for (let rest = id; rest > 0; rest >>>= typeBits) {
    const found = Object.entries(nftTypes).find(([, type]) => type.id === (rest & ((1 << typeBits) - 1)))
    if (found === undefined) return undefined
    types.unshift(found[0] as FieldType)
  }
  return types
}

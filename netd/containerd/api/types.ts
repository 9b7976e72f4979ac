/** Messages that several services of containerd share: api/types/*.proto of containerd 1.6, trimmed to what is used. */
import { integer, map, message, string, strings, bytes, type Decoded } from '../message.ts'

export const Empty = message({})

export const Any = message({ typeUrl: string(1), value: bytes(2) })

/** google.protobuf.Timestamp */
export const Timestamp = message({ seconds: integer(1), nanos: integer(2) })

export const FieldMask = message({ paths: strings(1) })

export const Mount = message({ type: string(1), source: string(2), target: string(3), options: strings(4) })
export type Mount = Decoded<typeof Mount>

export const Descriptor = message({ mediaType: string(1), digest: string(2), size: integer(3), annotations: map(5) })
export type Descriptor = Decoded<typeof Descriptor>

export function toDate(timestamp: Decoded<typeof Timestamp> | undefined): Date {
  return new Date((timestamp?.seconds ?? 0) * 1000 + (timestamp?.nanos ?? 0) / 1e6)
}

export function anyJson(typeUrl: string, value: object): Decoded<typeof Any> {
  return { typeUrl, value: Buffer.from(JSON.stringify(value)) }
}

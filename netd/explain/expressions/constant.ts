/** A constant of a rule, as bytes: the kernel keeps no types. */
import type { NftValue } from '../../kernel/nft.ts'

export function bytesOf({ value }: { value: NftValue[] }): Uint8Array {
  const [only] = value
  if (only === undefined || !('bytes' in only)) throw new TypeError('a constant that was read from the kernel is bytes')
  return only.bytes
}

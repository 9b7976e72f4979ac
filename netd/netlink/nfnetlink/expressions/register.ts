/**
 * enum nft_registers, linux/netfilter/nf_tables.h. Sixteen 32-bit registers, here numbered 0 to 15, and the verdict.
 * A value of n bytes takes the next ceil(n / 4) of them, so a concatenation is loaded into consecutive ones:
 * `ip saddr . th dport` into 0 and 1, `iifname . ip6 saddr` into 0 (to 3) and 4 (to 7).
 *
 * On the wire a register that starts a 128-bit one is called by that one's name (NFT_REG_1 to NFT_REG_4 are 0, 4, 8, 12), as
 * nft and the kernel's own dumps do; the others are NFT_REG32_00 + n.
 */
import type { Format } from '../../codec/format.ts'

export type Register = number | 'verdict'

const verdict = 0
const firstWide = 1
const first32 = 8

export const register: Format<Register> = {
  size: 4,
  write: (writer, value) =>
    writer.be32(value === 'verdict' ? verdict : value % 4 === 0 ? firstWide + value / 4 : first32 + value),
  read(bytes) {
    const number = bytes.readUInt32BE()
    if (number === verdict) return 'verdict'
    return number < first32 ? (number - firstWide) * 4 : number - first32
  },
}

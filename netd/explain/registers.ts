/** The sixteen 32-bit registers of nf_tables, each byte between two bounds, see ./packet.ts. A value is written once, never changed. */
import { anything, type Bytes } from './packet.ts'

const registerBytes = 4
const fileBytes = 16 * registerBytes

export type Registers = Bytes

export const noRegisters: Registers = { low: new Uint8Array(fileBytes), high: new Uint8Array(fileBytes) }

export const unknownRegisters: Registers = anything(fileBytes)

/** A value of n bytes takes the next ceil(n / 4) registers; what is left of the last is zero, as the kernel has it. */
export function store(registers: Registers, register: number, { low, high }: Bytes): Registers {
  const next = { low: registers.low.slice(), high: registers.high.slice() }
  const at = register * registerBytes
  const end = at + Math.ceil(low.length / registerBytes) * registerBytes
  for (const [target, value] of [
    [next.low, low],
    [next.high, high],
  ] as const) {
    target.fill(0, at, end)
    target.set(value, at)
  }
  return next
}

export function load(registers: Registers, register: number, length: number): Bytes {
  const at = register * registerBytes
  return { low: registers.low.slice(at, at + length), high: registers.high.slice(at, at + length) }
}

export type Answer = 'yes' | 'no' | 'unsure'

export const negated = (answer: Answer): Answer => (answer === 'unsure' ? 'unsure' : answer === 'yes' ? 'no' : 'yes')

export const isExact = ({ low, high }: Bytes): boolean => Buffer.compare(low, high) === 0

/** Whether a value lies between two others, both included. */
export function isBetween({ low, high }: Bytes, from: Uint8Array, to: Uint8Array): Answer {
  if (Buffer.compare(high, from) < 0 || Buffer.compare(low, to) > 0) return 'no'
  return Buffer.compare(low, from) >= 0 && Buffer.compare(high, to) <= 0 ? 'yes' : 'unsure'
}

export const isEqual = (value: Bytes, other: Uint8Array): Answer => isBetween(value, other, other)

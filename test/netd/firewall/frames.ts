/** Ethernet frames as hexadecimal text, for ../../support/send-frames.ts: RFC 826, 791, 8200, 4861. */
import { addressBytes } from '../../../api/address/bytes.ts'

export interface Party {
  mac: string
  ipv4: string
  ipv6: string
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const plain = (mac: string): string => mac.replaceAll(':', '')
const u16 = (number: number): string => number.toString(16).padStart(4, '0')
const ip = (address: string): string => hex(addressBytes(address))

/** `tag`: of a VLAN, before the type. */
export const frame = (to: string, from: string, type: number, payload: string, tag = ''): string =>
  `${plain(to)}${plain(from)}${tag}${u16(type)}${payload}`.padEnd(120, '0')

/** A priority tag: VLAN 0, which whoever receives it takes off. */
export const vlan0 = '81000000'

/** A reply: `says` is at `mac`. */
export const arp = (to: Party, from: string, { mac, ipv4 }: { mac: string; ipv4: string }, tag = ''): string =>
  frame(to.mac, from, 0x0806, `0001080006040002${plain(mac)}${ip(ipv4)}${plain(to.mac)}${ip(to.ipv4)}`, tag)

/** An echo reply that nobody asked for, and nobody answers. */
export const echo = (to: Party, from: string, source: string, tag = ''): string =>
  frame(to.mac, from, 0x0800, datagram(source, to.ipv4), tag)

export function datagram(source: string, destination: string): string {
  const header = (sum: number): string => `4500001c000040004001${u16(sum)}${ip(source)}${ip(destination)}`
  return `${header(checksum(header(0)))}0000ffff00000000`
}

function checksum(text: string): number {
  const sum = Buffer.from(text, 'hex').reduce((all, byte, at) => all + (at % 2 === 0 ? byte << 8 : byte), 0)
  const folded = (sum & 0xffff) + (sum >> 16)
  return ~((folded & 0xffff) + (folded >> 16)) & 0xffff
}

const types = { rs: 133, ra: 134, ns: 135, na: 136, redirect: 137 } as const

/** Neighbour discovery; `body` is what follows the checksum. */
export function icmpv6(
  to: { mac: string; ipv6: string },
  from: string,
  source: string,
  type: keyof typeof types,
  body: string,
): string {
  const head = types[type].toString(16)
  const length = 4 + body.length / 2
  const sum = checksum(`${ip(source)}${ip(to.ipv6)}${u16(0)}${u16(length)}0000003a${head}000000${body}`)
  return frame(to.mac, from, 0x86dd, `60000000${u16(length)}3aff${ip(source)}${ip(to.ipv6)}${head}00${u16(sum)}${body}`)
}

/** Options of neighbour discovery: source and target link-layer address, and a nonce (RFC 3971). */
export const sourceMac = (mac: string): string => `0101${plain(mac)}`
export const targetMac = (mac: string): string => `0201${plain(mac)}`
export const nonce = '0e01010203040506'

/** Target, and options; `flags` are those of an advertisement: solicited and override. */
export const neighbour = (target: string, options: string, flags = '00000000'): string =>
  `${flags}${ip(target)}${options}`
export const override = '60000000'

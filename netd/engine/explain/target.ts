/** `B`, `B:PORT`, `B:PORT/PROTO`, `[fd00::1]:80/udp`, and `A -> B` in one word. */
import { isAddress } from '../../../api/address/family.ts'
import { errors } from '../../../api/errors.ts'

export interface Target {
  word: string
  protocol: 'tcp' | 'udp' | 'sctp' | 'icmp'
  /** Absent for a ping. */
  port?: number
}

const protocols = ['tcp', 'udp', 'sctp'] as const

/** 400 with what is wrong. */
export function parseTarget(text: string): Target {
  const bare = text.trim()
  if (bare.includes('%'))
    throw errors.invalidParameter(`${text}: an address stands without an interface; the sender's routes decide on one`)
  const bracketed = /^\[([^\]]+)\](.*)$/.exec(bare)
  const word = bracketed?.[1] ?? (isAddress(bare) ? bare : bare.replace(/:[^:]*$/, ''))
  const rest = bracketed?.[2] ?? bare.slice(word.length)
  if (word === '') throw errors.invalidParameter(`${text}: whom the packet is for stands before the port, as in web:80`)
  if (bracketed === null ? bare.startsWith('[') : !isAddress(word))
    throw errors.invalidParameter(`${text}: in brackets stands an IPv6 address`)
  if (rest === '') return { word, protocol: 'icmp' }
  const [, port = '', protocol = 'tcp'] = /^:([^/]*)(?:\/(.*))?$/.exec(rest) ?? []
  const number = Number(port)
  if (!/^\d{1,5}$/.test(port) || number < 1 || number > 65_535)
    throw errors.invalidParameter(`${text}: a port is a number from 1 to 65535, not ${JSON.stringify(port)}`)
  const known = protocols.find((one) => one === protocol)
  if (known === undefined)
    throw errors.invalidParameter(`${text}: a protocol is tcp, udp or sctp, not ${JSON.stringify(protocol)}`)
  return { word, port: number, protocol: known }
}

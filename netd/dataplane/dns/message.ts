/**
 * DNS messages (RFC 1035 §4) as the resolver handles them: what a query asks, and replies built on the query's own
 * bytes, so that the question comes back exactly as it was sent (letter case included, RFC 5452 §9.1 and "0x20").
 */
import { addressBytes } from '../../../api/address/bytes.ts'

/** RFC 1035 §4.1.1, RFC 6895 §2.3. */
export const rcode = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
} as const

/** Before EDNS: RFC 1035 §2.3.4. */
const plainUdpBytes = 512
/** What a datagram may carry at most, whatever the client says it can take. */
const largestUdpBytes = 4096
const headerBytes = 12

const flags = {
  response: 0x8000,
  opcode: 0x7800,
  authoritative: 0x0400,
  truncated: 0x0200,
  recursionDesired: 0x0100,
  recursionAvailable: 0x0080,
} as const

/** RFC 1035 §3.2.2 to §3.2.5, RFC 3596 §2.1, RFC 6891 §6.1.1. */
export const types = { A: 1, PTR: 12, AAAA: 28, OPT: 41, ANY: 255 } as const
const classes = { IN: 1, ANY: 255 } as const

export interface Query {
  message: Buffer
  /** As it was asked for, without the final dot. */
  name: string
  type: number
  /** Where the question section ends. */
  questionEnd: number
  /** Largest reply a datagram may carry back. */
  udpBytes: number
  hasEdns: boolean
}

/** The query, or the rcode to refuse it with; undefined for what deserves no reply at all (a reply to a reply is a loop). */
export function readQuery(message: Buffer): Query | number | undefined {
  if (message.length < headerBytes) return undefined
  const header = message.readUInt16BE(2)
  if ((header & flags.response) !== 0) return undefined
  if ((header & flags.opcode) !== 0) return rcode.notImplemented
  if (message.readUInt16BE(4) !== 1) return rcode.formatError
  const questionEnd = endOfQuestion(message)
  if (questionEnd === undefined) return rcode.formatError
  const [type, klass] = [message.readUInt16BE(questionEnd - 4), message.readUInt16BE(questionEnd - 2)]
  const records = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10)
  const advertised = records === 0 ? 'none' : readEdns(message, questionEnd, records)
  if (advertised === undefined) return rcode.formatError
  if (klass !== classes.IN && klass !== classes.ANY) return rcode.refused
  const hasEdns = advertised !== 'none'
  const udpBytes = hasEdns ? Math.min(Math.max(advertised, plainUdpBytes), largestUdpBytes) : plainUdpBytes
  return { message, name: nameText(message), type, questionEnd, udpBytes, hasEdns }
}

/** Labels with dots between; none of ours has a dot in a label. */
function nameText(message: Buffer): string {
  let name = ''
  for (let at = headerBytes; message[at] !== 0; at += message[at]! + 1) {
    const label = message.toString('utf8', at + 1, at + 1 + message[at]!)
    name = name === '' ? label : `${name}.${label}`
  }
  return name
}

/** The payload size of the OPT record (RFC 6891 §6.1.2) among the records behind the question; undefined when they end too early. */
function readEdns(message: Buffer, from: number, records: number): number | 'none' | undefined {
  let size: number | 'none' = 'none'
  let at = from
  for (let left = records; left > 0; left--) {
    const fixed = endOfName(message, at)
    if (fixed === undefined || fixed + 10 > message.length) return undefined
    if (message.readUInt16BE(fixed) === types.OPT && fixed === at + 1) size = message.readUInt16BE(fixed + 2)
    at = fixed + 10 + message.readUInt16BE(fixed + 8)
    if (at > message.length) return undefined
  }
  return size
}

/** Of a name that may end in a pointer: RFC 1035 §4.1.4. */
function endOfName(message: Buffer, from: number): number | undefined {
  for (let at = from; ;) {
    const length = message[at]
    if (length === undefined) return undefined
    if (length >= 0xc0) return at + 2
    if (length > 63) return undefined
    at += length + 1
    if (length === 0) return at
  }
}

/** One name without compression (nothing stands before it to point at), type and class. */
export function endOfQuestion(message: Buffer): number | undefined {
  let at = headerBytes
  for (;;) {
    const length = message[at]
    if (length === undefined || length > 63) return undefined
    at += length + 1
    if (length === 0) return at + 4 <= message.length && at - headerBytes <= 255 ? at + 4 : undefined
  }
}

/** Only a header and, where it could be read, the question. */
export function refuse(message: Buffer, code: number): Buffer {
  const end = endOfQuestion(message)
  const reply = Buffer.from(message.subarray(0, end ?? headerBytes))
  writeHeader(reply, { code, questions: end === undefined ? 0 : 1, answers: 0, additionals: 0, isAuthoritative: false })
  return reply
}

export type AnswerRecord = { type: 'A' | 'AAAA' | 'PTR'; data: string }

/** A pointer to the name of the question, which stands behind the header: RFC 1035 §4.1.4. */
const sameName = 0xc000 | headerBytes
/** Root, OPT, and how large a datagram we take: a reply to a query with OPT carries one, too (RFC 6891 §6.1.1). */
const opt = Buffer.from([0, 0, types.OPT, largestUdpBytes >> 8, largestUdpBytes & 0xff, 0, 0, 0, 0, 0, 0])

/** TTL 0: a container's name may mean another address a moment later. */
export function answer(query: Query, records: AnswerRecord[]): Buffer {
  const data = records.map((record) => (record.type === 'PTR' ? encodeName(record.data) : addressBytes(record.data)))
  const { questionEnd, hasEdns } = query
  const length = data.reduce((sum, bytes) => sum + 12 + bytes.length, questionEnd) + (hasEdns ? opt.length : 0)
  const reply = Buffer.allocUnsafe(length)
  query.message.copy(reply, 0, 0, questionEnd)
  let at = questionEnd
  for (const [index, { type }] of records.entries()) {
    const bytes = data[index]!
    reply.writeUInt16BE(sameName, at)
    reply.writeUInt16BE(types[type], at + 2)
    reply.writeUInt16BE(classes.IN, at + 4)
    reply.writeUInt32BE(0, at + 6)
    reply.writeUInt16BE(bytes.length, at + 10)
    at += 12 + bytes.copy(reply, at + 12)
  }
  if (hasEdns) opt.copy(reply, at)
  writeHeader(reply, {
    code: rcode.noError,
    questions: 1,
    answers: records.length,
    additionals: hasEdns ? 1 : 0,
    isAuthoritative: true,
  })
  return reply
}

/** RFC 1035 §3.1: a label that is too long for it is cut, and what leads beyond 255 bytes left out. */
function encodeName(name: string): Buffer {
  const parts: Buffer[] = []
  let left = 255 - 1
  for (const label of name.split('.').filter((text) => text !== '')) {
    const bytes = Buffer.from(label).subarray(0, 63)
    left -= 1 + bytes.length
    if (left < 0) break
    parts.push(Buffer.from([bytes.length]), bytes)
  }
  return Buffer.concat([...parts, Buffer.from([0])])
}

function writeHeader(
  reply: Buffer,
  fields: { code: number; questions: number; answers: number; additionals: number; isAuthoritative: boolean },
): void {
  const asked = reply.readUInt16BE(2) & (flags.opcode | flags.recursionDesired)
  reply.writeUInt16BE(
    asked |
      flags.response |
      flags.recursionAvailable |
      (fields.isAuthoritative ? flags.authoritative : 0) |
      fields.code,
    2,
  )
  reply.writeUInt16BE(fields.questions, 4)
  reply.writeUInt16BE(fields.answers, 6)
  reply.writeUInt16BE(0, 8)
  reply.writeUInt16BE(fields.additionals, 10)
}

/** For a datagram that is too small: header and question with TC, so that the client asks again over TCP (RFC 2181 §9). */
export function fitDatagram(query: Query, reply: Buffer): Buffer {
  if (reply.length <= query.udpBytes) return reply
  const short = Buffer.from(reply.subarray(0, endOfQuestion(reply) ?? headerBytes))
  short.writeUInt16BE(short.readUInt16BE(2) | flags.truncated, 2)
  short.writeUInt16BE(short.length > headerBytes ? 1 : 0, 4)
  short.fill(0, 6, headerBytes)
  return short
}

export function isTruncated(reply: Buffer): boolean {
  return (reply.readUInt16BE(2) & flags.truncated) !== 0
}

export function replyCode(reply: Buffer): number {
  return reply.readUInt16BE(2) & 0x000f
}

/** Whether `reply` answers `query`: same id and same question (RFC 5452 §9.1). */
export function isReplyTo(query: Buffer, reply: Buffer): boolean {
  if (
    reply.length < headerBytes ||
    (reply.readUInt16BE(2) & flags.response) === 0 ||
    reply.readUInt16BE(0) !== query.readUInt16BE(0)
  )
    return false
  const end = endOfQuestion(query)
  const replyEnd = endOfQuestion(reply)
  // A refusal may come back without the question.
  if (reply.readUInt16BE(4) === 0) return replyCode(reply) !== rcode.noError
  if (end === undefined || replyEnd !== end) return false
  return (
    query.toString('latin1', headerBytes, end).toLowerCase() ===
    reply.toString('latin1', headerBytes, end).toLowerCase()
  )
}

/** The same message under another id. */
export function withId(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message)
  copy.writeUInt16BE(id, 0)
  return copy
}

/** With its length in front: RFC 1035 §4.2.2. */
export function frame(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(message.length + 2)
  framed.writeUInt16BE(message.length, 0)
  message.copy(framed, 2)
  return framed
}

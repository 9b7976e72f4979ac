/**
 * DNS messages (RFC 1035 §4) as the resolver handles them: what a query asks, and replies built on the query's own
 * bytes, so that the question comes back exactly as it was sent (letter case included, RFC 5452 §9.1 and "0x20").
 */
import { decode, encode, type Packet, type Question } from 'dns-packet'

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

export interface Query {
  message: Buffer
  question: Question
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
  let packet: Packet
  try {
    packet = decode(message)
  } catch {
    return rcode.formatError
  }
  const question = packet.questions?.[0]
  if (question === undefined) return rcode.formatError
  if (question.class !== 'IN' && question.class !== 'ANY') return rcode.refused
  const edns = packet.additionals?.find((record) => record.type === 'OPT')
  const udpBytes =
    edns === undefined ? plainUdpBytes : Math.min(Math.max(edns.udpPayloadSize, plainUdpBytes), largestUdpBytes)
  return { message, question, questionEnd, udpBytes, hasEdns: edns !== undefined }
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

/** TTL 0: a container's name may mean another address a moment later. */
export function answer(query: Query, records: AnswerRecord[]): Buffer {
  const packet = encode({
    type: 'response',
    questions: [],
    answers: records.map((record) => ({ ...record, name: query.question.name, class: 'IN', ttl: 0 })),
    // A reply to a query with OPT carries one, too: RFC 6891 §6.1.1.
    additionals: query.hasEdns
      ? [
          {
            type: 'OPT',
            name: '.',
            udpPayloadSize: largestUdpBytes,
            extendedRcode: 0,
            ednsVersion: 0,
            flags: 0,
            flag_do: false,
            options: [],
          },
        ]
      : [],
  })
  const reply = Buffer.concat([query.message.subarray(0, query.questionEnd), packet.subarray(headerBytes)])
  writeHeader(reply, {
    code: rcode.noError,
    questions: 1,
    answers: records.length,
    additionals: query.hasEdns ? 1 : 0,
    isAuthoritative: true,
  })
  return reply
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

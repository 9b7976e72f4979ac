/**
 * The synchronous request socket. rtnetlink and nfnetlink do their work inside sendmsg, so the answer is there when send
 * returns and nothing is gained by waiting in the event loop. It belongs to the namespace its thread was in when it was
 * opened, wherever that thread goes afterwards, and keeps that namespace alive until it is closed.
 */
import * as libc from '../native/libc.ts'
import { Writer } from './codec/writer.ts'
import { NetlinkError } from './error.ts'

/** linux/netlink.h. */
export const NLM_F_REQUEST = 0x1
const NLM_F_MULTI = 0x2
export const NLM_F_ACK = 0x4
const NLM_F_DUMP_INTR = 0x10
const NLM_F_CAPPED = 0x100
const NLM_F_ACK_TLVS = 0x200
export const NLM_F_EXCL = 0x200
export const NLM_F_CREATE = 0x400
export const NLM_F_APPEND = 0x800
const NLM_F_DUMP = 0x300
const NLMSG_NOOP = 1
const NLMSG_ERROR = 2
const NLMSG_DONE = 3
const SOL_NETLINK = 270
const NETLINK_CAP_ACK = 10
const NETLINK_EXT_ACK = 11
const NETLINK_GET_STRICT_CHK = 12
const SOL_SOCKET = 1
const SO_RCVTIMEO = 20
const SO_SNDBUFFORCE = 32

export const NETLINK_ROUTE = 0
export const NETLINK_NETFILTER = 12

/** A kernel that answers nothing for this long is a bug; the worker must not hang on it. */
const receiveTimeoutSeconds = 10
/** A large nft batch is one message; the default buffer holds 208 KiB. */
const sendBufferBytes = 8 << 20
/** A dump starts over when the table changes under it; a table that never holds still is told. */
const maxDumpAttempts = 20

/** Where datagrams go: the kernel. */
export interface Transport {
  readonly fd: number
  send(bytes: Buffer): void
  /** One datagram, valid until the next call. */
  receive(): Buffer
  close(): void
}

// The kernel fills dump datagrams up to 32 KiB, whatever is offered; single answers are smaller than this.
const receiveBuffer = Buffer.alloc(256 << 10)

function one(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** A socket in the namespace that the calling thread is in. */
export function openTransport(protocol: number): Transport {
  const fd = libc.socket(libc.AF_NETLINK, libc.SOCK_RAW, protocol)
  try {
    const timeout = Buffer.alloc(16)
    timeout.writeBigInt64LE(BigInt(receiveTimeoutSeconds))
    libc.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout)
    libc.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, one(1))
    libc.setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, one(1))
    if (protocol === NETLINK_ROUTE) libc.setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, one(1))
    else libc.setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, one(sendBufferBytes))
  } catch (error) {
    libc.close(fd)
    throw error
  }
  return {
    fd,
    send: (bytes) => void libc.send(fd, bytes),
    receive() {
      const length = libc.recv(fd, receiveBuffer)
      if (length > receiveBuffer.length) {
        throw new NetlinkError({
          errno: 'EMSGSIZE',
          description: `an answer of ${length} bytes does not fit the receive buffer of ${receiveBuffer.length}`,
        })
      }
      return receiveBuffer.subarray(0, length)
    },
    close: () => libc.close(fd),
  }
}

export interface Received {
  type: number
  flags: number
  sequence: number
  body: Buffer
}

/** Where a message stands in its datagram: its header's fields, and the bounds of its body. */
interface Extent extends Omit<Received, 'body'> {
  start: number
  end: number
}

/** Of which bodies a dump is made, each looked at where it stands: most of a large table is not worth a copy. */
export type BodyFilter = (datagram: Buffer, start: number, end: number) => boolean

function* eachExtent(datagram: Buffer): Generator<Extent> {
  let offset = 0
  while (offset + 16 <= datagram.length) {
    const length = datagram.readUInt32LE(offset)
    if (length < 16 || offset + length > datagram.length)
      throw new RangeError(`malformed netlink message at byte ${offset} of ${datagram.length}`)
    yield {
      type: datagram.readUInt16LE(offset + 4),
      flags: datagram.readUInt16LE(offset + 6),
      sequence: datagram.readUInt32LE(offset + 8),
      start: offset + 16,
      end: offset + length,
    }
    offset += (length + 3) & ~3
  }
}

/** The messages of one datagram. */
export function* eachMessage(datagram: Buffer): Generator<Received> {
  for (const extent of eachExtent(datagram)) yield messageAt(datagram, extent)
}

function messageAt(datagram: Buffer, { start, end, ...header }: Extent): Received {
  return { ...header, body: datagram.subarray(start, end) }
}

/** nlmsgerr: error, the request's nlmsghdr (and, without NLM_F_CAPPED, its body), then the extended ack's attributes. */
function readAck(message: Received): NetlinkError | undefined {
  const number = -message.body.readInt32LE(0)
  if (number === 0) return undefined
  const requestLength = (message.flags & NLM_F_CAPPED) === 0 ? (message.body.readUInt32LE(4) + 3) & ~3 : 16
  return NetlinkError.fromAck(
    number,
    (message.flags & NLM_F_ACK_TLVS) === 0 ? Buffer.alloc(0) : message.body.subarray(4 + requestLength),
  )
}

/** NLMSG_DONE: error, then the extended ack's attributes. */
function readDone(message: Received): NetlinkError | undefined {
  const number = message.body.length < 4 ? 0 : -message.body.readInt32LE(0)
  if (number <= 0) return undefined
  return NetlinkError.fromAck(
    number,
    (message.flags & NLM_F_ACK_TLVS) === 0 ? Buffer.alloc(0) : message.body.subarray(4),
  )
}

export class RequestSocket {
  readonly #transport: Transport
  #sequence = 0

  constructor(transport: Transport) {
    this.#transport = transport
  }

  static open(protocol: number): RequestSocket {
    return new RequestSocket(openTransport(protocol))
  }

  nextSequence(): number {
    this.#sequence = (this.#sequence + 1) >>> 0
    return this.#sequence
  }

  /** Sends one request and waits for its ack. Resolves with what came before the ack: the answer of a GET. Throws NetlinkError. */
  request(type: number, flags: number, write: (writer: Writer) => void): Received[] {
    const writer = new Writer()
    const sequence = this.nextSequence()
    writer.message({ type, flags: NLM_F_REQUEST | NLM_F_ACK | flags, sequence }, () => write(writer))
    this.#transport.send(writer.bytes())
    const answers: Received[] = []
    for (;;) {
      for (const message of eachMessage(this.#transport.receive())) {
        // Others are left over from a request that was given up (a timeout).
        if (message.sequence !== sequence || message.type === NLMSG_NOOP) continue
        if (message.type !== NLMSG_ERROR) {
          answers.push({ ...message, body: Buffer.from(message.body) })
          continue
        }
        const error = readAck(message)
        if (error !== undefined) throw error
        return answers
      }
    }
  }

  /**
   * Sends a batch of nfnetlink, whose last message before the end asks for an ack, and gives back the first error the kernel
   * tells of any message. What concerns the batch as a whole (ERESTART, a failed commit) it answers to the beginning.
   */
  exchangeBatch(datagram: Buffer, begin: number, last: number): NetlinkError | undefined {
    this.#transport.send(datagram)
    let failure: NetlinkError | undefined
    for (;;) {
      for (const message of eachMessage(this.#transport.receive())) {
        if (message.type !== NLMSG_ERROR || message.sequence < begin || message.sequence > last) continue
        failure ??= readAck(message)
        if (message.sequence === last || (message.sequence === begin && failure !== undefined)) return failure
      }
    }
  }

  /**
   * A whole and consistent dump: one that the kernel marks as interrupted is asked for again, up to a bound. Throws
   * NetlinkError. What `isWanted` refuses costs next to nothing.
   */
  dump(type: number, write: (writer: Writer) => void, isWanted: BodyFilter = () => true): Received[] {
    for (let attempt = 1; attempt <= maxDumpAttempts; attempt++) {
      const messages = this.#dumpOnce(type, write, isWanted)
      if (messages !== undefined) return messages
    }
    throw new NetlinkError({
      errno: 'EAGAIN',
      description: `the table changed during each of ${maxDumpAttempts} attempts to read it whole`,
    })
  }

  /** Undefined when interrupted; read to its end all the same, because the socket takes no other request before. */
  #dumpOnce(type: number, write: (writer: Writer) => void, isWanted: BodyFilter): Received[] | undefined {
    const writer = new Writer()
    const sequence = this.nextSequence()
    writer.message({ type, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence }, () => write(writer))
    this.#transport.send(writer.bytes())
    const messages: Received[] = []
    let isInterrupted = false
    for (;;) {
      const datagram = this.#transport.receive()
      for (const extent of eachExtent(datagram)) {
        if (extent.sequence !== sequence) continue
        isInterrupted ||= (extent.flags & NLM_F_DUMP_INTR) !== 0
        if (extent.type === NLMSG_ERROR || extent.type === NLMSG_DONE) {
          const message = messageAt(datagram, extent)
          const error = extent.type === NLMSG_ERROR ? readAck(message) : readDone(message)
          if (error !== undefined) throw error
          return isInterrupted ? undefined : messages
        }
        if (isWanted(datagram, extent.start, extent.end)) {
          const message = messageAt(datagram, extent)
          messages.push({ ...message, body: Buffer.from(message.body) })
        }
        if ((extent.flags & NLM_F_MULTI) === 0) return isInterrupted ? undefined : messages
      }
    }
  }

  /** Gives the descriptor away: somebody else closes it. */
  detach(): number {
    return this.#transport.fd
  }

  close(): void {
    this.#transport.close()
  }
}

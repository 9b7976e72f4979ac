/** Messages as other programs and the kernel wrote them, from strace's dumps. */
import { expect } from 'vitest'
import type { Message } from '../../../netd/netlink/codec/message.ts'
import { Writer } from '../../../netd/netlink/codec/writer.ts'
import { eachMessage, type Received } from '../../../netd/netlink/socket.ts'

/** NFNL_MSG_BATCH_BEGIN and NFNL_MSG_BATCH_END frame what nft(8) sends. */
const frames = new Set([16, 17])

/** The one message of a captured datagram, a batch's frame left away. `#` starts a comment. */
export function captured(hex: string, isBatch = false): Received {
  const bytes = Buffer.from(hex.replaceAll(/#.*$/gm, '').replaceAll(/\s/g, ''), 'hex')
  const [message, ...others] = [...eachMessage(bytes)].filter(({ type }) => !isBatch || !frames.has(type))
  expect(others).toEqual([])
  return message!
}

// oxlint-disable-next-line typescript/no-explicit-any -- any kind of message.
type AnyMessage = Message<any, any>

export function encode<M extends AnyMessage>(kind: M, value: Parameters<M['write']>[1]): Buffer {
  const writer = new Writer()
  kind.write(writer, value)
  return Buffer.from(writer.bytes())
}

/** Reads the capture, and proves that what was read is written back to the very same bytes. */
export function roundTrip<M extends AnyMessage>(
  kind: M,
  hex: string,
  isBatch = false,
): { type: number; value: ReturnType<M['read']> } {
  const { type, body } = captured(hex, isBatch)
  const value = kind.read(body) as ReturnType<M['read']>
  expect(encode(kind, value).toString('hex')).toBe(body.toString('hex'))
  return { type, value }
}

/** The same for what may be written in more than one way: iproute2 sends IFLA_INFO_KIND without its terminator, the kernel with it. */
export function meaningRoundTrip<M extends AnyMessage>(
  kind: M,
  hex: string,
): { type: number; value: ReturnType<M['read']> } {
  const { type, body } = captured(hex)
  const value = kind.read(body) as ReturnType<M['read']>
  expect(kind.read(encode(kind, value))).toEqual(value)
  return { type, value }
}

/** Copies a process's streams over a connection, in both directions, at the pace of whoever is slower. */
import type { Readable, Writable } from 'node:stream'
import type { Conversation } from '../../engine/conversation.ts'
import { Detached, untilDetached } from '../../engine/detach-keys.ts'
import type { Guard } from '../../guard.ts'
import { frame } from './frames.ts'
import { writeOrDrain } from './write.ts'

/** Resolves when the output has ended or the client has gone; the connection's writing side is ended then, but not after a failure. */
export async function copyStreams(
  conversation: Conversation,
  source: Readable | undefined,
  sink: Writable,
  guard: Guard,
): Promise<void> {
  sink.once('close', conversation.close)
  // A client may hang up at any time: that is the end of the conversation, not a failure of ours.
  sink.on('error', conversation.close)
  if (source !== undefined) guard.listener(copyInput)(conversation, source)
  try {
    for await (const { stream, data } of conversation.output) {
      if (!(await writeOrDrain(sink, conversation.isTty ? data : frame(stream, data)))) break
    }
    sink.end()
  } finally {
    conversation.close()
  }
}

/**
 * Reads to the client's end whatever becomes of the process: input that nobody takes is dropped, because a socket that
 * is closed with something unread in it resets the connection (unix(7), tcp(7)), and the output before it is lost.
 */
async function copyInput({ input, isTty, detachKeys, detached, close }: Conversation, source: Readable): Promise<void> {
  if (input === undefined) return void source.resume()
  // Its reader ended with the process.
  input.on('error', () => {})
  const chunks = source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  try {
    for await (const chunk of isTty ? untilDetached(chunks, detachKeys) : chunks) {
      if (!(await writeOrDrain(input, chunk))) break
    }
    input.end()
    // Who stops typing leaves the terminal; the process keeps it. The docker CLI detaches this way, too.
    if (isTty) close()
  } catch (error) {
    input.destroy(error as Error)
    if (!(error instanceof Detached)) return
    detached()
    close()
  } finally {
    source.resume()
  }
}

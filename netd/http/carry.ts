/** Moves a conversation over a connection, in both directions, at the pace of whoever is slower. */
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Conversation } from '../engine/conversation.ts'
import { Detached, untilDetached } from '../engine/detach-keys.ts'
import { frame, writeOrDrain } from './frames.ts'

/** Resolves when the output has ended or the client has gone; the connection's writing side is ended then. */
export async function carry(conversation: Conversation, source: Readable | undefined, sink: Writable): Promise<void> {
  sink.once('close', conversation.close)
  // A client may hang up at any time: that is the end of the conversation, not a failure of ours.
  sink.on('error', conversation.close)
  if (source !== undefined) void feed(conversation, source)
  try {
    for await (const { stream, data } of conversation.output) {
      if (!(await writeOrDrain(sink, conversation.isTty ? data : frame(stream, data)))) break
    }
  } finally {
    conversation.close()
    sink.end()
    // Input that nobody will read must not keep the connection half open.
    source?.resume()
  }
}

async function feed({ input, isTty, detachKeys, detached, close }: Conversation, source: Readable): Promise<void> {
  if (input === undefined) {
    source.resume()
    return
  }
  try {
    if (!isTty) return await pipeline(source, input)
    await pipeline(source, (chunks: AsyncIterable<Buffer>) => untilDetached(chunks, detachKeys), input)
    // Who stops typing leaves the terminal; the process keeps it. The docker CLI detaches this way, too.
    close()
  } catch (error) {
    if (!(error instanceof Detached)) return
    detached()
    close()
  }
}

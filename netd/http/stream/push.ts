/** Streams of what happens as it happens. Their source waits for nobody, so what a client has not taken yet is kept, up to a limit. */
import type { FastifyInstance, FastifyReply } from 'fastify'

/** A client this far behind is cut off: it can ask again, and start from what is then. */
const backlogLimitBytes = 8 * 1024 * 1024

export interface PushStream {
  /** Nothing after the end. */
  send(text: string): void
  end(): void
  /** Called once, however the stream ends; at once when it has ended. */
  onEnd(listener: () => void): void
}

/** Gives what makes a stream of a reply whose head has been sent. The streams end when the server closes, which waits for every open one. */
export function pushStreams(app: FastifyInstance): (reply: FastifyReply) => PushStream {
  const open = new Set<PushStream>()
  app.addHook('preClose', async () => {
    for (const stream of open) stream.end()
  })
  return ({ raw }) => {
    const listeners: (() => void)[] = []
    const leave = (): void => {
      if (open.delete(stream)) for (const listener of listeners) listener()
    }
    const stream: PushStream = {
      send(text) {
        if (!open.has(stream) || raw.destroyed) return
        raw.write(text)
        if (raw.writableLength > backlogLimitBytes) raw.destroy()
      },
      end() {
        leave()
        raw.end()
      },
      onEnd(listener) {
        if (open.has(stream)) listeners.push(listener)
        else listener()
      },
    }
    open.add(stream)
    if (raw.destroyed) leave()
    else raw.once('close', leave)
    raw.on('error', leave)
    return stream
  }
}

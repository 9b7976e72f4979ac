/** `GET /trestle/v1/graph` and `/trestle/v1/graph/events` (server-sent events, https://html.spec.whatwg.org/#server-sent-events). */
import type { FastifyInstance } from 'fastify'
import type { GraphEvent } from '../../api/trestle/graph.ts'
import { LiveGraph, type GraphEngine } from '../engine/graph/live-graph.ts'

/** A comment now and then tells a proxy, and us, that the other side is still there. */
const heartbeatMs = 15_000
/** A client this far behind is cut off: it reconnects and starts from a fresh snapshot. */
const backlogLimitBytes = 8 * 1024 * 1024

const encode = (event: GraphEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

export function graphRoutes(app: FastifyInstance, engine: GraphEngine): void {
  const live = new LiveGraph(engine)
  const open = new Set<() => void>()

  app.get('/trestle/v1/graph', () => live.read())

  app.get('/trestle/v1/graph/events', async (_request, reply) => {
    const stream = reply.raw
    // Asked before the head is sent, so that a kernel that cannot be read is an honest 500.
    const waiting: GraphEvent[] = []
    let send = (event: GraphEvent): void => void waiting.push(event)
    const unsubscribe = await live.subscribe((event) => send(event))
    reply.hijack()
    stream.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    send = (event) => {
      stream.write(encode(event))
      if (stream.writableLength > backlogLimitBytes) stream.destroy()
    }
    for (const event of waiting) send(event)
    const heartbeat = setInterval(() => stream.write(': still here\n\n'), heartbeatMs)
    const end = (): void => void stream.end()
    open.add(end)
    const leave = (): void => {
      clearInterval(heartbeat)
      open.delete(end)
      unsubscribe()
    }
    if (stream.destroyed) leave()
    else stream.once('close', leave)
  })

  // These streams never end by themselves, and the server waits for every open one.
  app.addHook('preClose', async () => {
    for (const end of open) end()
  })
}

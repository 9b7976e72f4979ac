/** `GET /trestle/v1/graph` and `/trestle/v1/graph/events` (server-sent events, https://html.spec.whatwg.org/#server-sent-events). */
import type { FastifyInstance } from 'fastify'
import type { GraphEvent } from '../../api/trestle/graph.ts'
import { LiveGraph, type GraphEngine } from '../engine/graph/live-graph.ts'
import { startStream } from './stream/answers.ts'
import { pushStreams } from './stream/push.ts'

/** A comment now and then tells a proxy, and us, that the other side is still there. */
const heartbeatMs = 15_000

const encode = (event: GraphEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

export function graphRoutes(app: FastifyInstance, engine: GraphEngine): void {
  const live = new LiveGraph(engine)
  const openStream = pushStreams(app)

  app.get('/trestle/v1/graph', () => live.read())

  app.get('/trestle/v1/graph/events', async (_request, reply) => {
    // Asked before the head is sent, so that a kernel that cannot be read is an honest 500.
    const waiting: GraphEvent[] = []
    let send = (event: GraphEvent): void => void waiting.push(event)
    const unsubscribe = await live.subscribe((event) => send(event))
    startStream(reply, 'text/event-stream', { 'Cache-Control': 'no-store' })
    const stream = openStream(reply)
    send = (event) => stream.send(encode(event))
    for (const event of waiting) send(event)
    const heartbeat = setInterval(() => stream.send(': still here\n\n'), heartbeatMs)
    stream.onEnd(() => {
      clearInterval(heartbeat)
      unsubscribe()
    })
  })
}

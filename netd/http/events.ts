/** Docker Engine API, "System monitor events": JSON objects, one after the other, until the client hangs up or `until` is reached. */
import type { FastifyInstance } from 'fastify'
import type { EventMessage } from '../../api/docker/events.ts'
import type { Engine } from '../engine/engine.ts'
import { parseTime } from '../engine/filters.ts'
import { eventFilter } from '../engine/system/event-filter.ts'
import { Guard } from '../guard.ts'
import { startTimer } from '../timer.ts'
import { filters, text, type Query } from './query.ts'
import { startStream } from './stream/answers.ts'
import { pushStreams } from './stream/push.ts'

export function eventRoutes(app: FastifyInstance, engine: Engine): void {
  const openStream = pushStreams(app)

  app.get<{ Querystring: Query }>('/events', ({ query }, reply) => {
    const matches = eventFilter(filters(query))
    const now = engine.now()
    const since = parseTime(text(query, 'since'), now)
    const until = parseTime(text(query, 'until'), now)
    startStream(reply, 'application/json')
    const stream = openStream(reply)
    const lastNano = (until?.getTime() ?? Infinity) * 1e6
    // A timer may be late: what counts is when it happened.
    const send = (event: EventMessage): void => {
      if (event.timeNano <= lastNano && matches(event)) stream.send(`${JSON.stringify(event)}\n`)
    }
    if (since !== undefined || text(query, 'since') === '0') {
      for (const event of engine.events.history()) if (event.timeNano >= (since?.getTime() ?? 0) * 1e6) send(event)
    }
    if (until !== undefined && until <= now) return stream.end()
    const deadline = startTimer((until?.getTime() ?? Infinity) - now.getTime(), () => stream.end())
    const guard = new Guard({ what: 'GET /events', log: engine.log, end: () => stream.end() })
    const unsubscribe = engine.events.subscribe(guard.listener(send))
    stream.onEnd(() => {
      deadline.cancel()
      unsubscribe()
    })
  })
}

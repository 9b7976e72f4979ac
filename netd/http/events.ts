/** Docker Engine API, "System monitor events": JSON objects, one after the other, until the client hangs up or `until` is reached. */
import type { FastifyInstance } from 'fastify'
import type { EventMessage } from '../../api/docker/events.ts'
import type { Engine } from '../engine/engine.ts'
import { parseTime } from '../engine/filters.ts'
import { eventFilter } from '../engine/system/event-filter.ts'
import { startTimer } from '../timer.ts'
import { hangUp, startStream } from './container-streams.ts'
import { filters, text, type Query } from './query.ts'

/** A client this far behind is cut off rather than kept in memory. */
const backlogLimitBytes = 8 * 1024 * 1024

export function eventRoutes(app: FastifyInstance, engine: Engine): void {
  const open = new Set<() => void>()

  app.get<{ Querystring: Query }>('/events', ({ query }, reply) => {
    const matches = eventFilter(filters(query))
    const now = engine.now()
    const since = parseTime(text(query, 'since'), now)
    const until = parseTime(text(query, 'until'), now)
    const signal = hangUp(reply)
    startStream(reply, 'application/json')
    const send = (event: EventMessage): void => {
      if (!matches(event)) return
      reply.raw.write(`${JSON.stringify(event)}\n`)
      if (reply.raw.writableLength > backlogLimitBytes) reply.raw.destroy()
    }
    if (since !== undefined || text(query, 'since') === '0') {
      for (const event of engine.events.history()) {
        if (
          event.timeNano >= (since?.getTime() ?? 0) * 1e6 &&
          (until === undefined || event.timeNano <= until.getTime() * 1e6)
        )
          send(event)
      }
    }
    const end = (): void => void reply.raw.end()
    if (until !== undefined && until <= now) return end()
    const timer = until === undefined ? undefined : startTimer(until.getTime() - now.getTime(), end)
    const unsubscribe = engine.events.subscribe(send)
    open.add(end)
    signal.addEventListener('abort', () => {
      timer?.cancel()
      unsubscribe()
      open.delete(end)
    })
  })

  app.addHook('preClose', async () => {
    for (const end of open) end()
  })
}

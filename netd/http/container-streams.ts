/** What of "Container" answers over time: logs, attach, wait. */
import type { FastifyInstance } from 'fastify'
import type { WaitResponse } from '../../api/docker/containers.ts'
import { attachContainer } from '../engine/containers/attach.ts'
import { containerLogs, parseTail } from '../engine/containers/logs.ts'
import { parseCondition, waitForContainer } from '../engine/containers/wait.ts'
import type { Conversation } from '../engine/conversation.ts'
import type { Engine } from '../engine/engine.ts'
import { parseTime } from '../engine/filters.ts'
import { flag, text, type Query } from './query.ts'
import { hangUp, sendConversation, sendStream } from './stream/answers.ts'
import { frame, streamContentType } from './stream/frames.ts'

interface Route {
  Params: { id: string }
  Querystring: Query
}

function openAttach(engine: Engine, id: string, query: Query): Conversation {
  return attachContainer(engine, id, {
    withLogs: flag(query, 'logs'),
    isStream: flag(query, 'stream'),
    stdin: flag(query, 'stdin'),
    stdout: flag(query, 'stdout'),
    stderr: flag(query, 'stderr'),
    detachKeys: text(query, 'detachKeys'),
  })
}

export function containerStreamRoutes(app: FastifyInstance, engine: Engine): void {
  app.post<Route>('/containers/:id/attach', { config: { isStream: true } }, async (request, reply) => {
    const conversation = openAttach(engine, request.params.id, request.query)
    await sendConversation(engine, request, reply, conversation)
  })

  app.get<Route>('/containers/:id/logs', async (request, reply) => {
    const { params, query } = request
    const signal = hangUp(reply)
    const now = engine.now()
    const since = parseTime(text(query, 'since'), now)
    const until = parseTime(text(query, 'until'), now)
    const tail = parseTail(text(query, 'tail'))
    const { isTty, entries } = containerLogs(engine, params.id, {
      isFollow: flag(query, 'follow'),
      stdout: flag(query, 'stdout'),
      stderr: flag(query, 'stderr'),
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      ...(tail === undefined ? {} : { tail }),
      signal,
    })
    const withTimes = flag(query, 'timestamps')
    // The attributes that --log-opt labels and env would add stand here; there are none, and clients cut at the space.
    const details = flag(query, 'details') ? ' ' : ''
    async function* lines(): AsyncGenerator<Buffer> {
      for await (const { stream, data, time } of entries) {
        const prefix = `${withTimes ? `${nanoseconds(time)} ` : ''}${details}`
        const line = prefix === '' ? data : Buffer.concat([Buffer.from(prefix), data])
        yield isTty ? line : frame(stream, line)
      }
    }
    await sendStream(engine, reply, streamContentType(request.apiVersion, isTty), lines())
  })

  app.post<Route>('/containers/:id/wait', async ({ params, query }, reply) => {
    const signal = hangUp(reply)
    const ended = waitForContainer(engine, params.id, parseCondition(text(query, 'condition')), signal)
    async function* answer(): AsyncGenerator<string> {
      const exitCode = await ended
      if (exitCode === undefined) return
      yield `${JSON.stringify({ StatusCode: exitCode, Error: null } satisfies WaitResponse)}\n`
    }
    // The docker CLI starts the container once it knows, by the head, that it is being waited for.
    await sendStream(engine, reply, 'application/json', answer())
  })
}

/** RFC 3339 with nine digits, which clients cut at fixed columns. */
const nanoseconds = (time: Date): string => time.toISOString().replace('Z', '000000Z')

/** What of "Container" answers over time: logs, attach, wait. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { attachContainer } from '../engine/containers/attach.ts'
import { containerLogs, parseTail } from '../engine/containers/logs.ts'
import { parseCondition, waitForContainer } from '../engine/containers/wait.ts'
import type { Conversation } from '../engine/conversation.ts'
import type { Engine } from '../engine/engine.ts'
import { parseTime } from '../engine/filters.ts'
import { bodyStream } from './body.ts'
import { carry } from './carry.ts'
import { frame, streamContentType, writeOrDrain } from './frames.ts'
import { flag, text, type Query } from './query.ts'
import { dockerHeaders } from './versions.ts'

interface Route {
  Params: { id: string }
  Querystring: Query
}

export async function openAttach(engine: Engine, id: string, query: Query): Promise<Conversation> {
  return attachContainer(engine, id, {
    withLogs: flag(query, 'logs'),
    isStream: flag(query, 'stream'),
    stdin: flag(query, 'stdin'),
    stdout: flag(query, 'stdout'),
    stderr: flag(query, 'stderr'),
    detachKeys: text(query, 'detachKeys'),
  })
}

/** Sends the head at once: clients act on it long before the first byte of the body. */
export function startStream(reply: FastifyReply, contentType: string): void {
  reply.hijack()
  reply.raw.writeHead(200, { ...dockerHeaders, 'Content-Type': contentType })
  reply.raw.flushHeaders()
}

/** A process's output without `Upgrade:`, as dockerd sends it: neither chunked nor counted, it ends with the connection. */
export function startConversation(reply: FastifyReply, contentType: string): void {
  reply.raw.useChunkedEncodingByDefault = false
  reply.raw.shouldKeepAlive = false
  startStream(reply, contentType)
}

/** Fires when the client has gone. */
export function hangUp(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  return gone.signal
}

export function containerStreamRoutes(app: FastifyInstance, engine: Engine): void {
  // Without `Upgrade:`; ./hijack.ts has the other way in.
  app.post<Route>('/containers/:id/attach', { config: { isStream: true } }, async (request, reply) => {
    const conversation = await openAttach(engine, request.params.id, request.query)
    startConversation(reply, streamContentType(request.apiVersion, conversation.isTty))
    await carry(conversation, bodyStream(request.body), reply.raw)
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
    startStream(reply, streamContentType(request.apiVersion, isTty))
    for await (const { stream, data, time } of entries) {
      const prefix = `${withTimes ? `${nanoseconds(time)} ` : ''}${details}`
      const line = prefix === '' ? data : Buffer.concat([Buffer.from(prefix), data])
      if (!(await writeOrDrain(reply.raw, isTty ? line : frame(stream, line)))) break
    }
    reply.raw.end()
  })

  app.post<Route>('/containers/:id/wait', async ({ params, query }, reply) => {
    const signal = hangUp(reply)
    const ended = waitForContainer(engine, params.id, parseCondition(text(query, 'condition')), signal)
    // The docker CLI starts the container once it knows that it is being waited for.
    startStream(reply, 'application/json')
    const result = await ended
    reply.raw.end(result === undefined ? '' : `${JSON.stringify(result)}\n`)
  })
}

/** RFC 3339 with nine digits, which clients cut at fixed columns. */
const nanoseconds = (time: Date): string => time.toISOString().replace('Z', '000000Z')

/** Answers whose body comes over time. */
import type { Writable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Conversation } from '../../engine/conversation.ts'
import type { Engine } from '../../engine/engine.ts'
import { Guard } from '../../guard.ts'
import { bodyStream } from '../body.ts'
import { messageOf } from '../errors.ts'
import { dockerHeaders } from '../versions.ts'
import { copyStreams } from './copy-streams.ts'
import { streamContentType } from './frames.ts'
import { leavesWithClient } from './leave.ts'
import { takeSocket } from './upgrade.ts'
import { writeOrDrain } from './write.ts'

type Log = Pick<Engine, 'log'>

/** At once: clients act on it long before the first byte of the body. */
function sendHead(reply: FastifyReply, contentType: string, headers: Record<string, string> = {}): void {
  reply.hijack()
  reply.raw.writeHead(200, { ...dockerHeaders, 'Content-Type': contentType, ...headers })
  reply.raw.flushHeaders()
}

/** Sends the head. What comes goes on until the client leaves, or closes its side. */
export function startStream(reply: FastifyReply, contentType: string, headers: Record<string, string> = {}): void {
  sendHead(reply, contentType, headers)
  const gone = hangUp(reply)
  if (gone.aborted) reply.raw.destroy()
  else gone.addEventListener('abort', () => reply.raw.destroy(), { once: true })
}

/**
 * Sends what comes, as it comes, at the client's pace. Resolves at its end, or when the client has gone. A failure
 * cannot be an answer any more: it is logged, and the body breaks off, which clients see.
 */
export async function sendStream(
  { log }: Log,
  reply: FastifyReply,
  contentType: string,
  chunks: AsyncIterable<Buffer | string>,
): Promise<void> {
  startStream(reply, contentType)
  try {
    for await (const chunk of chunks) {
      if (!(await writeOrDrain(reply.raw, chunk))) return
    }
    reply.raw.end()
  } catch (error) {
    brokeOff(log, reply, error)
  }
}

/**
 * A process's streams over the connection: handed over when the client asked for that, else output only, as dockerd sends it,
 * neither chunked nor counted, so that it ends with the connection.
 */
export async function sendConversation(
  { log }: Log,
  request: FastifyRequest,
  reply: FastifyReply,
  conversation: Conversation,
): Promise<void> {
  const contentType = streamContentType(request.apiVersion, conversation.isTty)
  const socket = takeSocket(request, reply, { 'Content-Type': contentType, Upgrade: 'tcp' })
  const guard = new Guard({
    what: `${request.method} ${request.originalUrl}`,
    log,
    end: () => (socket ?? reply.raw).destroy(),
  })
  try {
    if (socket !== undefined) return await copyStreams(conversation, socket, socket, guard)
    reply.raw.useChunkedEncodingByDefault = false
    reply.raw.shouldKeepAlive = false
    // Also of these a client may close its side first, and listen on.
    sendHead(reply, contentType)
    leavesWithClient(request.raw.socket)
    await copyStreams(conversation, bodyStream(request.body), reply.raw, guard)
  } catch (error) {
    brokeOff(log, reply, error, socket)
  }
}

/** @param connection what the body goes over: the socket itself, once it has been handed over. */
function brokeOff(
  log: Engine['log'],
  { request, raw }: FastifyReply,
  error: unknown,
  connection: Writable = raw,
): void {
  log.error(`${request.method} ${request.originalUrl} broke off: ${messageOf(error)}`)
  connection.destroy()
}

/**
 * Fires when the client has gone, or has closed its side of the connection: one that is killed looks no different. Who did so
 * after a request gets the answer all the same (../listen.ts), but not what goes on until somebody hangs up; as with dockerd.
 */
export function hangUp({ raw, request }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  const { socket } = request.raw
  const leave = (): void => {
    socket.off('end', leave)
    gone.abort()
  }
  raw.once('close', leave)
  if (socket.readableEnded) leave()
  else socket.once('end', leave)
  return gone.signal
}

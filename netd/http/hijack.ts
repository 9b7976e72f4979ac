/**
 * Attach and exec start take the connection over: after `101 UPGRADED` it is a raw byte stream in both directions,
 * each of which can be closed by itself. https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerAttach
 */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { errors } from '../../api/errors.ts'
import type { Conversation } from '../engine/conversation.ts'
import type { Engine } from '../engine/engine.ts'
import { parseJson } from './body.ts'
import { carry } from './carry.ts'
import { openAttach } from './container-streams.ts'
import { expected, messageOf, oneLine } from './errors.ts'
import { openExec } from './exec.ts'
import { streamContentType } from './frames.ts'
import { dockerHeaders, negotiate, withoutVersion } from './versions.ts'

type Open = (engine: Engine, id: string, query: URLSearchParams, body: unknown) => Promise<Conversation | undefined>

const routes: [path: RegExp, open: Open][] = [
  [/^\/containers\/([^/]+)\/attach$/, (engine, id, query) => openAttach(engine, id, Object.fromEntries(query))],
  [/^\/exec\/([^/]+)\/start$/, (engine, id, _query, body) => openExec(engine, id, body)],
]

function match(request: IncomingMessage): { url: URL; id: string; open: Open } | undefined {
  const url = URL.parse(withoutVersion(request.url ?? '/'), 'http://netd')
  if (request.method !== 'POST' || url === null) return undefined
  for (const [path, open] of routes) {
    const id = path.exec(url.pathname)?.[1]
    if (id !== undefined) return { url, id: decodeURIComponent(id), open }
  }
  return undefined
}

export function isHijack(request: IncomingMessage): boolean {
  return match(request) !== undefined
}

/** Handles node's `upgrade` event: `head` is what has already been read past the headers, the body included. */
export async function hijack(engine: Engine, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  socket.on('error', () => socket.destroy())
  try {
    const apiVersion = negotiate(request.url ?? '/')
    const route = match(request)
    if (route === undefined) throw errors.pageNotFound()
    if (head.length > 0) socket.unshift(head)
    const body = parseJson((await readBody(request, socket, engine.config.bodyLimitBytes)).toString())
    const conversation = await route.open(engine, route.id, route.url.searchParams, body)
    if (conversation === undefined) {
      socket.end(headOf(200, { 'Content-Length': '0' }))
      return
    }
    socket.write(
      headOf(101, {
        'Content-Type': streamContentType(apiVersion, conversation.isTty),
        Connection: 'Upgrade',
        Upgrade: 'tcp',
      }),
    )
    await carry(conversation, socket, socket)
  } catch (error) {
    const { status, message } = expected(error, engine.config.bodyLimitBytes) ?? errors.internal(messageOf(error))
    const payload = JSON.stringify({ message: oneLine(message) })
    socket.end(
      `${headOf(status, { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(payload)), Connection: 'close' })}${payload}`,
    )
    socket.resume()
  }
}

function headOf(status: number, headers: Record<string, string>): string {
  const lines = Object.entries({ ...dockerHeaders, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${status === 101 ? 'UPGRADED' : STATUS_CODES[status]}\r\n${lines.join('')}\r\n`
}

/** The first Content-Length bytes of the connection: a request that upgrades is not read by node's parser past its headers. */
async function readBody(request: IncomingMessage, socket: Duplex, limitBytes: number): Promise<Buffer> {
  if (request.headers['transfer-encoding'] !== undefined)
    throw errors.invalidParameter('a request that upgrades needs a Content-Length, not a Transfer-Encoding')
  const length = Number(request.headers['content-length'] ?? 0)
  if (length > limitBytes) throw errors.bodyTooLarge(limitBytes)
  const chunks: Buffer[] = []
  let missing = length
  while (missing > 0) {
    const available = socket.readableLength
    const chunk = socket.read(Math.min(missing, Math.max(available, 1))) as Buffer | null
    if (chunk === null) {
      if (socket.readableEnded || socket.destroyed)
        throw errors.invalidParameter('the request body is shorter than its Content-Length')
      await Promise.race([once(socket, 'readable'), once(socket, 'end')])
      continue
    }
    chunks.push(chunk)
    missing -= chunk.length
  }
  return Buffer.concat(chunks)
}

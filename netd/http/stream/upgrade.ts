/**
 * Connections that become something else: after `101 UPGRADED` the socket is the route's own, a raw byte stream in both
 * directions, each of which can be closed by itself. Until then a request that upgrades is one like any other: the same
 * router, the same parsing, the same errors. https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerAttach
 */
import { once } from 'node:events'
import { ServerResponse, type IncomingMessage, type RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { Readable, type Duplex } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errors } from '../../../api/errors.ts'
import { dockerHeaders } from '../versions.ts'
import { leavesWithClient } from './leave.ts'

/** By request: the connection that it would like to have. */
const sockets = new WeakMap<IncomingMessage, Duplex>()

/** The others are answered as if they had not asked (RFC 9110, 7.8): `h2c` is what some clients try with every request. */
export function isUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'tcp'
}

/** Handles node's `upgrade` event: `head` is what has already been read past the headers, the body included. */
export function routeUpgrade(route: RequestListener, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', () => socket.destroy())
  if (head.length > 0) socket.unshift(head)
  sockets.set(request, socket)
  const response = new ServerResponse(request)
  // Node's parser has left the connection: nobody would read a second request.
  response.shouldKeepAlive = false
  response.assignSocket(socket as Socket)
  response.once('finish', () => {
    response.detachSocket(socket as Socket)
    socket.end()
    socket.resume()
  })
  route(request, response)
}

/** The connection, after its `101`; undefined when the client did not ask for it. Nothing else answers the request then. */
export function takeSocket(
  { raw: request }: FastifyRequest,
  reply: FastifyReply,
  headers: Record<string, string>,
): Duplex | undefined {
  const socket = sockets.get(request)
  if (socket === undefined) return undefined
  reply.hijack()
  reply.raw.detachSocket(socket as Socket)
  const lines = Object.entries({ ...dockerHeaders, Connection: 'Upgrade', ...headers })
  socket.write(`HTTP/1.1 101 UPGRADED\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
  leavesWithClient(socket)
  return socket
}

/** The body of a request that upgrades is not read by node's parser, but is for fastify's. */
export function upgradeBodies(app: FastifyInstance): void {
  app.addHook('preParsing', async ({ raw: request }, _reply, payload) => {
    const socket = sockets.get(request)
    if (socket === undefined) return payload
    return Readable.from(bodyOf(request, socket), { objectMode: false })
  })
}

/** The first Content-Length bytes of the connection; what follows is left in it. */
async function* bodyOf({ headers }: IncomingMessage, socket: Duplex): AsyncGenerator<Buffer> {
  if (headers['transfer-encoding'] !== undefined)
    throw errors.invalidParameter('a request that upgrades needs a Content-Length, not a Transfer-Encoding')
  let missing = Number(headers['content-length'] ?? 0)
  while (missing > 0) {
    const chunk = socket.read(Math.min(missing, Math.max(socket.readableLength, 1))) as Buffer | null
    if (chunk !== null) {
      missing -= chunk.length
      yield chunk
    } else if (socket.readableEnded || socket.destroyed) {
      throw errors.invalidParameter('the request body is shorter than its Content-Length')
    } else {
      const settled = new AbortController()
      await Promise.race(['readable', 'end', 'close'].map((event) => once(socket, event, settled))).catch(() => {})
      settled.abort()
    }
  }
}

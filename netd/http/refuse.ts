/** What never became a request: not HTTP, or with too much of it. Answered like any other mistake, and the connection ends. */
import { maxHeaderSize, STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { dockerHeaders } from './versions.ts'
import { oneLine } from './errors.ts'

/** Handles node's `clientError`. */
export function refuse(error: Error & { code?: string; reason?: string }, socket: Duplex): void {
  // After a head has gone out, anything else would be read as a part of its body.
  const hasBegun = (socket as { _httpMessage?: { headersSent: boolean } })._httpMessage?.headersSent === true
  if (error.code === 'ECONNRESET' || !socket.writable || hasBegun) return void socket.destroy()
  const { status, message } = refusal(error)
  const body = JSON.stringify({ message: oneLine(message) })
  const headers = {
    ...dockerHeaders,
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`, () => socket.destroy())
}

/**
 * Handles node's `request`, before the route. A request that asks for an upgrade and gets none (./stream/upgrade.ts) is read
 * by a parser that keeps its errors to itself, the end before the body's included (Parser::Execute, src/node_http_parser.cc):
 * since half-closed connections are answered, one like that would wait for the rest for ever.
 */
export function refuseBrokenOff(request: IncomingMessage): void {
  if (request.headers.upgrade === undefined && request.method !== 'CONNECT') return
  const { socket } = request
  const onEnd = (): void => {
    if (!request.complete) refuse(new Error('it ends before its body does'), socket)
  }
  socket.once('end', onEnd)
  request.once('close', () => socket.off('end', onEnd))
}

function refusal({ code, reason, message }: Parameters<typeof refuse>[0]): { status: number; message: string } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, message: `the headers of the request are larger than ${maxHeaderSize} bytes` }
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, message: 'the chunk extensions of the request are too large' }
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, message: 'the headers of the request did not come in time' }
    default:
      return { status: 400, message: `the request is not valid HTTP: ${reason || message}` }
  }
}

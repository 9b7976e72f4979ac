/** A request's bytes, framed as well or as badly as may be, and how they go over the socket. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../random.ts'

export interface Raw {
  bytes: Buffer
  manner: 'at once' | 'half closed' | 'slow'
  /** Of a HEAD no body comes. */
  isHead: boolean
  /** It has its end, and what it asks for comes without waiting for anything: so there has to be an answer. */
  mustBeAnswered: boolean
}

export interface Framed {
  headers: string[]
  bytes: Buffer
  isWhole: boolean
}

/** By length (right or wrong) or in chunks (whole or not). */
export function frame(payload: Buffer, random: Random): Framed {
  const chunk = (size: string, part = payload): Buffer =>
    Buffer.concat([Buffer.from(`${size}\r\n`), part, Buffer.from('\r\n')])
  const last = Buffer.from('0\r\n\r\n')
  const chunked = ['Transfer-Encoding: chunked']
  switch (random.below(10)) {
    case 0: {
      const at = Math.ceil(payload.length / 2)
      const parts = [payload.subarray(0, at), payload.subarray(at)].filter(({ length }) => length > 0)
      const bytes = Buffer.concat([...parts.map((part) => chunk(part.length.toString(16), part)), last])
      return { headers: chunked, bytes, isWhole: true }
    }
    case 1:
      return {
        headers: chunked,
        bytes: Buffer.concat([chunk(random.pick(['zz', '-1', 'ffffffffff', '1', '0'.repeat(30_000)])), last]),
        isWhole: false,
      }
    case 2:
      return {
        headers: [`Content-Length: ${random.pick(['-1', 'x', '99999999999', '1, 2', '0x10'])}`],
        bytes: payload,
        isWhole: false,
      }
    case 3:
      return { headers: [`Content-Length: ${payload.length + 1 + random.below(3)}`], bytes: payload, isWhole: false }
    case 4:
      return { headers: ['Transfer-Encoding: gzip, chunked', 'Content-Length: 5'], bytes: payload, isWhole: false }
    case 5:
      return { headers: [], bytes: payload, isWhole: false }
    default:
      return { headers: [`Content-Length: ${payload.length}`], bytes: payload, isWhole: true }
  }
}

/** For an answer that has to come, and for one that may. */
const [requiredMs, possibleMs] = [60_000, 150]

/** The answer, or its beginning; empty when none came. */
export function send(socketPath: string, raw: Raw): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(socketPath)
    let answer = ''
    const done = (): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(done, raw.mustBeAnswered ? requiredMs : possibleMs)
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
      if (isEnough(answer, raw)) done()
    })
    socket.on('error', done)
    socket.on('close', done)
    void write(socket, raw)
  })
}

/** Whole, or long enough to judge it by. */
function isEnough(answer: string, { isHead }: Raw): boolean {
  const end = answer.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = Number(/^content-length: (\d+)/im.exec(answer.slice(0, end))?.[1] ?? 0)
  return isHead || answer.length >= end + 4 + Math.min(length, 2000)
}

async function write(socket: ReturnType<typeof connect>, { bytes, manner }: Raw): Promise<void> {
  await once(socket, 'connect').catch(() => {})
  if (manner === 'at once') return void socket.write(bytes)
  if (manner === 'half closed') return void socket.end(bytes)
  const step = Math.ceil(bytes.length / 6)
  for (let at = 0; at < bytes.length && socket.writable; at += step) {
    socket.write(bytes.subarray(at, at + step))
    await sleep(10)
  }
}

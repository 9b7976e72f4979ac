import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Demultiplexer, readOutput, type Frame } from '../../../api/client/frames.ts'

const frame = fc.record({
  stream: fc.constantFrom('stdin', 'stdout', 'stderr'),
  data: fc.uint8Array({ maxLength: 300 }),
})
const code = { stdin: 0, stdout: 1, stderr: 2 }

function encode(frames: { stream: Frame['stream']; data: Uint8Array }[]): Buffer {
  return Buffer.concat(
    frames.flatMap(({ stream, data }) => {
      const header = Buffer.alloc(8)
      header[0] = code[stream]
      header.writeUInt32BE(data.length, 4)
      return [header, data]
    }),
  )
}

/** Cuts bytes at the given places, in any order, with repeats: empty chunks happen. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end))
}

describe('the demultiplexer', () => {
  test('gives the same frames however the bytes were cut', () => {
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.nat()), (frames, places) => {
        const demultiplexer = new Demultiplexer()
        const found = cut(encode(frames), places).flatMap((chunk) => demultiplexer.push(chunk))
        demultiplexer.end()
        expect(found.map(({ stream, data }) => [stream, data.toString('hex')])).toEqual(
          frames.map(({ stream, data }) => [stream, Buffer.from(data).toString('hex')]),
        )
      }),
    )
  })

  test('never takes a cut stream as whole', () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1 }), fc.nat(), (frames, place) => {
        const bytes = encode(frames)
        const boundaries = new Set(frames.map((_, index) => encode(frames.slice(0, index)).length))
        const end = place % bytes.length
        fc.pre(!boundaries.has(end))
        const demultiplexer = new Demultiplexer()
        demultiplexer.push(bytes.subarray(0, end))
        expect(() => demultiplexer.end()).toThrow(/the stream was cut/)
      }),
    )
  })

  test('says so when the bytes are no multiplexed stream', () => {
    expect(() => new Demultiplexer().push(Buffer.from('hello, world'))).toThrow(
      'not a multiplexed stream: a frame begins with the bytes 68656c6c6f2c2077',
    )
  })

  test('one large frame in a thousand small chunks is one frame', () => {
    // Joining again at each chunk would copy 32 GB, and run into the time limit.
    const data = Buffer.alloc(8 * 1024 * 1024, 'x')
    const bytes = encode([{ stream: 'stdout', data }])
    const demultiplexer = new Demultiplexer()
    const found: Frame[] = []
    for (let at = 0; at < bytes.length; at += 1024) found.push(...demultiplexer.push(bytes.subarray(at, at + 1024)))
    expect(found).toHaveLength(1)
    expect(found[0]!.data.equals(data)).toBe(true)
  })
})

test('a tty has no frames: all of it is standard output', async () => {
  const chunks = [Buffer.from([1, 0, 0, 0]), Buffer.from('x')]
  const source = (async function* () {
    yield* chunks
  })()
  expect(await Array.fromAsync(readOutput(source, true), ({ stream, data }) => [stream, data])).toEqual(
    chunks.map((data) => ['stdout', data]),
  )
})

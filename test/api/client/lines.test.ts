import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readJsonLines, readLines, readServerSentEvents } from '../../../api/client/lines.ts'

async function* chunks(...parts: (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part)
}

describe('lines', () => {
  test('are the same however the bytes were cut, in the middle of a letter too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 5 }), async (text, size) => {
        const bytes = Buffer.from(text)
        const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
          bytes.subarray(at * size, (at + 1) * size),
        )
        const expected = text.split('\n')
        if (expected.at(-1) === '') expected.pop()
        expect(await Array.fromAsync(readLines(chunks(...parts)))).toEqual(
          expected.map((line, at) => (at < text.split('\n').length - 1 ? line.replace(/\r$/, '') : line)),
        )
      }),
    )
  })

  test('of JSON are values; blank ones between them are a heartbeat', async () => {
    expect(await Array.fromAsync(readJsonLines(chunks('{"a":1}\n\n[2', ']\r\n"three"')))).toEqual([
      { a: 1 },
      [2],
      'three',
    ])
  })
})

describe('server-sent events', () => {
  test('have a name, an id and data of several lines; comments and events without data are none', async () => {
    const stream = ': still here\n\nevent: delta\nid: 7\ndata: {"a":\ndata:1}\n\nevent: empty\n\nda',
      rest = 'ta: last\n\ndata: unfinished'
    expect(await Array.fromAsync(readServerSentEvents(chunks(stream, rest)))).toEqual([
      { event: 'delta', data: '{"a":\n1}', id: '7' },
      { event: 'message', data: 'last', id: '7' },
    ])
  })
})

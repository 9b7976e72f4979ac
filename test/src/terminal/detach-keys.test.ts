import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { DetachKeys } from '../../../src/terminal/detach-keys.ts'

test('Ctrl-P Ctrl-Q detaches, and is not passed on', () => {
  expect(new DetachKeys().push(Buffer.from('ab\u{10}\u{11}cd'))).toEqual({ data: Buffer.from('ab'), isDetached: true })
})

test('typed in two goes it is the same', () => {
  const keys = new DetachKeys()
  expect(keys.push(Buffer.from('a\u{10}'))).toEqual({ data: Buffer.from('a'), isDetached: false })
  expect(keys.push(Buffer.from('\u{11}'))).toEqual({ data: Buffer.from(''), isDetached: true })
})

test('Ctrl-P before anything else is passed on late, but is', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.constantFrom(0x10, 0x61))), (chunks) => {
      const keys = new DetachKeys()
      const passed = chunks.map((chunk) => keys.push(Buffer.from(chunk)).data)
      passed.push(keys.push(Buffer.from('end')).data)
      expect(Buffer.concat(passed)).toEqual(
        Buffer.concat([...chunks.map((chunk) => Buffer.from(chunk)), Buffer.from('end')]),
      )
    }),
  )
})

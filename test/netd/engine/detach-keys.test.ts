import { expect, test } from 'vitest'
import { Detached, parseDetachKeys, untilDetached } from '../../../netd/engine/detach-keys.ts'

async function* typed(...chunks: string[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk)
}

async function passed(chunks: string[], keys = parseDetachKeys('')): Promise<{ text: string; isDetached: boolean }> {
  let text = ''
  try {
    for await (const chunk of untilDetached(typed(...chunks), keys)) text += chunk.toString()
    return { text, isDetached: false }
  } catch (error) {
    expect(error).toBeInstanceOf(Detached)
    return { text, isDetached: true }
  }
}

test('keys are letters, or ctrl- and a letter or one of @ [ \\ ] ^ _', () => {
  expect([...parseDetachKeys(undefined)]).toEqual([16, 17])
  expect([...parseDetachKeys('ctrl-a,x,ctrl-@,ctrl-[,ctrl-_')]).toEqual([1, 120, 0, 27, 31])
  expect(() => parseDetachKeys('ctrl-1')).toThrow('Invalid detach keys (ctrl-1) provided')
})

test('the sequence detaches, also when it comes in pieces, and is not passed on', async () => {
  expect(await passed(['ab\x10\x11cd'])).toEqual({ text: 'ab', isDetached: true })
  expect(await passed(['a\x10', '\x11'])).toEqual({ text: 'a', isDetached: true })
})

test('the start of a sequence that goes on otherwise is input like any other', async () => {
  expect(await passed(['\x10x'])).toEqual({ text: '\x10x', isDetached: false })
  expect(await passed(['\x10\x10\x11'])).toEqual({ text: '\x10', isDetached: true })
  expect(await passed(['x\x10'])).toEqual({ text: 'x\x10', isDetached: false })
})

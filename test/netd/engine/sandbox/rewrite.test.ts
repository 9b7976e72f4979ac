import * as fc from 'fast-check'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { rewrite } from '../../../../netd/engine/sandbox/rewrite.ts'

const folder = mkdtempSync(join(tmpdir(), 'trestle-rewrite-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('any text becomes any other, in the same file', () => {
  const path = join(folder, 'hosts')
  const text = fc
    .array(fc.constantFrom('127.0.0.1\tlocalhost', '10.0.0.2\tweb', 'ä', ''), { maxLength: 5 })
    .map((lines) => lines.join('\n'))
  writeFileSync(path, '')
  const { ino } = statSync(path)
  let present = ''
  fc.assert(
    fc.property(text, (next) => {
      rewrite(path, present, next)
      present = next
      expect(readFileSync(path, 'utf8')).toBe(next)
    }),
  )
  expect(statSync(path).ino).toBe(ino)
})

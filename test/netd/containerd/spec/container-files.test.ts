/** A container's files are read inside its root, whatever the container has put there. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readContainerFile } from '../../../../netd/containerd/spec/container-files.ts'

let folder: string
let upper: string
let lower: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trestle-files-'))
  upper = `${folder}/upper`
  lower = `${folder}/lower`
  for (const root of [upper, lower]) mkdirSync(`${root}/etc`, { recursive: true })
  writeFileSync(`${folder}/secret`, 'secret')
})
afterEach(() => rmSync(folder, { recursive: true }))

const read = (path: string) => readContainerFile([upper, lower], path)

test('the uppermost layer that has the file decides', () => {
  writeFileSync(`${lower}/etc/passwd`, 'lower')
  expect(read('/etc/passwd')).toBe('lower')
  writeFileSync(`${upper}/etc/passwd`, 'upper')
  expect(read('/etc/passwd')).toBe('upper')
  expect(read('/etc/none')).toBeUndefined()
})

test('a whiteout hides what lies below', () => {
  writeFileSync(`${lower}/etc/passwd`, 'lower')
  execFileSync('mknod', [`${upper}/etc/passwd`, 'c', '0', '0'])
  expect(read('/etc/passwd')).toBeUndefined()
})

test('links are walked inside the root, over the layers', () => {
  mkdirSync(`${lower}/usr/etc`, { recursive: true })
  writeFileSync(`${lower}/usr/etc/passwd`, 'through a link')
  symlinkSync('/usr/etc/passwd', `${upper}/etc/passwd`)
  expect(read('/etc/passwd')).toBe('through a link')
  symlinkSync('../usr/etc', `${lower}/etc/folder`)
  expect(read('/etc/folder/passwd')).toBe('through a link')
})

test.for(['../../secret', '../../../../../../../../../../../../secret', '/../../secret'])(
  'a link to %s does not leave the root',
  (target) => {
    symlinkSync(target, `${upper}/etc/passwd`)
    expect(read('/etc/passwd')).toBeUndefined()
  },
)

test('an absolute link to a file of the host finds only what the container has there', () => {
  symlinkSync(`${folder}/secret`, `${upper}/etc/passwd`)
  expect(read('/etc/passwd')).toBeUndefined()
})

test('neither a loop of links nor a folder in its place holds anything up', () => {
  symlinkSync('group', `${upper}/etc/passwd`)
  symlinkSync('passwd', `${upper}/etc/group`)
  expect(read('/etc/passwd')).toBeUndefined()
  expect(read('/etc')).toBeUndefined()
})

test.for([
  ['FIFO', ['p']],
  ['device', ['c', '1', '7']],
] as const)('a %s in its place is refused and never opened', ([kind, type]) => {
  execFileSync('mknod', [`${upper}/etc/odd`, ...type])
  symlinkSync('odd', `${upper}/etc/passwd`)
  expect(() => read('/etc/passwd')).toThrow(`/etc/odd in the container is a ${kind}, not a regular file`)
})

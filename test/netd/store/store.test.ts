/** A database that is damaged, half readable or without room: the daemon goes on with what it has, and says the rest. */
import { existsSync, mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdtemp, open as openFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Store } from '../../../netd/store/store.ts'
import { run } from '../../support/run.ts'

let folder: string
let path: string
let said: string[]
beforeEach(async () => {
  folder = await mkdtemp(`${tmpdir()}/trestle-store-`)
  path = `${folder}/netd.db`
  said = []
})
afterEach(() => rm(folder, { recursive: true }))

const now = (): Date => new Date('2026-01-02T03:04:05Z')
const open = (at = path): Store => new Store(at, { warn: (sentence) => said.push(sentence), now })

/** Padded, so that a thousand of them fill a small disk. */
const volume = (name: string) => ({
  name,
  createdAt: now().toISOString(),
  labels: { padding: 'x'.repeat(1000) },
  options: null,
})

function fill(store: Store): void {
  for (let index = 0; index < 100; index += 1) store.volumes.put(`v${index}`, volume(`v${index}`))
}

test.each<[string, () => Promise<void> | void]>([
  ['no database at all', () => writeFile(path, 'what is this?'.repeat(1000))],
  ['cut off', () => truncateSync(path, statSync(path).size - 3 * 4096)],
  ['with a page of something else', () => overwrite(path, 4096 * 2)],
  ['of a schema that no netd writes', () => withDatabase((database) => database.exec('PRAGMA user_version = -3'))],
])('a file that is %s is kept under another name, and said', async (_what, damage) => {
  const store = open()
  fill(store)
  store.close()
  await damage()
  const next = open()
  expect(next.volumes.values()).toEqual([])
  next.volumes.put('v', volume('v'))
  next.close()
  const aside = `${path}.damaged-2026-01-02T03-04-05.000Z`
  expect(existsSync(aside)).toBe(true)
  expect(said).toEqual([
    expect.stringMatching(new RegExp(`^the database ${path} is damaged .*: it is kept as ${aside}`)),
  ])
})

test('a file that is lost is begun anew', () => {
  expect(open().volumes.values()).toEqual([])
  expect(said).toEqual([])
})

test('what cannot be opened is named, and stays', () => {
  mkdirSync(path)
  expect(() => open()).toThrow(`${path}: `)
  expect(readdirSync(folder)).toEqual(['netd.db'])
})

test.each([
  ['{"name":', /JSON/],
  ['{"name":"v1"}', /createdAt: /],
])('one record that says %s is set aside, and the others are there', (value, reason) => {
  const store = open()
  fill(store)
  store.close()
  withDatabase((database) => database.prepare("UPDATE volumes SET value = ? WHERE key = 'v1'").run(value))
  const next = open()
  expect(next.volumes.keys()).toHaveLength(99)
  next.close()
  expect(said).toEqual([expect.stringMatching(/^the record v1 of volumes cannot be read \(/)])
  expect(said[0]).toMatch(reason)
  withDatabase((database) =>
    expect(database.prepare('SELECT kind, key, value FROM set_aside').all()).toEqual([
      { kind: 'volumes', key: 'v1', value },
    ]),
  )
})

test('a record that is set aside later is seen no more, and kept as it was', () => {
  const store = open()
  fill(store)
  store.volumes.setAside('v1', 'nobody knows its driver')
  expect(store.volumes.get('v1')).toBeUndefined()
  store.close()
  withDatabase((database) =>
    expect(database.prepare('SELECT * FROM set_aside').all()).toEqual([
      { kind: 'volumes', key: 'v1', value: JSON.stringify(volume('v1')), reason: 'nobody knows its driver' },
    ]),
  )
  const next = open()
  expect(next.volumes.keys()).toHaveLength(99)
  next.close()
})

test('on a full disk records change and go, new ones are refused, and the next start reads what was written', async () => {
  const disk = `${folder}/disk`
  mkdirSync(disk)
  await run(['mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk])
  try {
    const store = open(`${disk}/netd.db`)
    fill(store)
    // The disk is filled by somebody else, and what SQLite holds of it by records.
    expect(() => writeFileSync(`${disk}/log`, Buffer.alloc(2 ** 23))).toThrow('ENOSPC')
    const filled = (): void => {
      for (let index = 0; ; index += 1) store.volumes.put(`more${index}`, volume(`more${index}`))
    }
    expect(filled).toThrow('database or disk is full')
    const before = store.volumes.keys().length
    store.volumes.put('v1', { ...volume('v1'), options: { changed: 'x'.repeat(5000) } })
    store.volumes.delete('v2')
    expect(store.volumes.keys()).toHaveLength(before - 1)
    expect(said).toEqual([expect.stringMatching(/^the state cannot be written/)])
    await rm(`${disk}/log`)
    store.close()

    const next = open(`${disk}/netd.db`)
    expect(next.volumes.keys()).toHaveLength(before - 1)
    expect(next.volumes.get('v1')?.options).toHaveProperty('changed')
    next.close()
  } finally {
    await run(['umount', '--lazy', disk])
  }
})

function withDatabase(use: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(path)
  use(database)
  database.close()
}

async function overwrite(file: string, at: number): Promise<void> {
  await using handle = await openFile(file, 'r+')
  await handle.write(Buffer.alloc(4096, 0xaa), 0, 4096, at)
}

/** A database that is damaged, half readable or without room: the daemon goes on with what it has, and says the rest. */
import { cpSync, existsSync, mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
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

test('a copy that has lost its schema number, as .dump makes them, is of the schema that its records fit', () => {
  const store = open()
  fill(store)
  store.close()
  withDatabase((database) => database.exec('PRAGMA user_version = 0'))
  const next = open()
  expect(next.volumes.keys()).toHaveLength(100)
  next.close()
  const state = { status: 'created', exitCode: 0 }
  const ofSchema5 = {
    id: 'c',
    name: 'c',
    createdAt: now(),
    imageId: '',
    config: { Tty: true },
    hostConfig: {},
    mounts: [],
    state,
  }
  withDatabase((database) => {
    database.exec('PRAGMA user_version = 0')
    database.prepare('INSERT INTO containers VALUES (?, ?)').run('c', JSON.stringify(ofSchema5))
  })
  const last = open()
  expect(last.volumes.keys()).toHaveLength(100)
  expect(last.containers.get('c')?.options.process.isTty).toBe(true)
  last.close()
  expect(said).toEqual([])
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

test('on a full disk records change and go for good, and new ones are refused', async () => {
  const disk = `${folder}/disk`
  mkdirSync(disk)
  await run(['mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk])
  const at = `${disk}/netd.db`
  try {
    const store = open(at)
    fill(store)
    // By somebody else, to the last byte.
    expect(() => writeFileSync(`${disk}/log`, Buffer.alloc(2 ** 23))).toThrow('ENOSPC')
    const full = `no space left on device: ${at} (file system ${disk}); free some first`
    expect(() => store.volumes.put('new', volume('new'))).toThrow(full)
    for (let round = 0; round < 300; round += 1)
      store.volumes.put(`v${50 + (round % 50)}`, {
        ...volume('v'),
        options: { changed: `${round} ${'x'.repeat(3000)}` },
      })
    for (let index = 0; index < 50; index += 1) store.volumes.delete(`v${index}`)
    expect(said).toEqual([])
    // What a daemon that is killed now leaves.
    cpSync(disk, `${folder}/killed`, { recursive: true, filter: (path) => !path.endsWith('/log') })
    const next = open(`${folder}/killed/netd.db`)
    expect(next.volumes.keys()).toHaveLength(50)
    expect(next.volumes.get('v99')?.options?.['changed']).toMatch(/^299 x/)
    next.close()

    // More than there is room for: what may wait does, what may not is refused.
    const huge = { ...volume('v98'), options: { changed: 'x'.repeat(2 ** 21) } }
    expect(() => store.volumes.put('v98', huge, { mayWait: false })).toThrow(full)
    store.volumes.put('v98', huge)
    expect(said).toEqual([expect.stringMatching(/^the state cannot be written/)])
    await rm(`${disk}/log`)
    store.close()
    const last = open(at)
    expect(last.volumes.get('v98')).toEqual(huge)
    last.volumes.put('new', volume('new'))
    last.close()
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

/** Records of an older netd become those of this one; those of a newer one are left alone. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Store } from '../../../netd/store/store.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/trestle-store-`)
})
afterAll(() => rm(folder, { recursive: true }))

test('schema 1: a container is given the mounts that its HostConfig asked for', () => {
  const path = `${folder}/one.db`
  const old = new DatabaseSync(path)
  const container = {
    id: 'some',
    name: 'web',
    createdAt: '2026-01-02T03:04:05Z',
    imageId: '',
    config: {},
    endpoints: {},
    ports: [],
    state: { status: 'exited', exitCode: 0 },
  }
  const hostConfig = {
    Binds: ['/srv:/data:ro,rslave'],
    Mounts: [
      { Type: 'bind', Source: '/etc', Target: '/host', ReadOnly: true },
      { Type: 'tmpfs', Target: '/scratch', TmpfsOptions: { SizeBytes: 4096, Mode: 0o700 } },
    ],
  }
  old.exec('CREATE TABLE containers (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT; PRAGMA user_version = 1')
  old.prepare('INSERT INTO containers VALUES (?, ?)').run('some', JSON.stringify({ ...container, hostConfig }))
  old.close()

  const store = new Store(path)
  expect(store.containers.get('some')?.mounts).toEqual([
    {
      type: 'bind',
      source: '/srv',
      target: '/data',
      mode: 'ro,rslave',
      isReadOnly: true,
      propagation: 'rslave',
      isRecursive: true,
      isSourceCreated: true,
    },
    {
      type: 'bind',
      source: '/etc',
      target: '/host',
      mode: '',
      isReadOnly: true,
      propagation: 'rprivate',
      isRecursive: true,
      isSourceCreated: false,
    },
    { type: 'tmpfs', target: '/scratch', isReadOnly: false, options: ['size=4096', 'mode=700'] },
  ])
  store.close()
  new Store(path).close()
})

test('schema 2: what a driver chose of a network is in its own state', () => {
  const path = `${folder}/two.db`
  const old = new DatabaseSync(path)
  old.exec('CREATE TABLE networks (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT; PRAGMA user_version = 2')
  const common = { createdAt: '2026-01-02T03:04:05Z', pools: [], options: {}, labels: {} }
  const put = old.prepare('INSERT INTO networks VALUES (?, ?)')
  const front = { id: 'front', name: 'front', driver: 'bridge' }
  const none = { id: 'none', name: 'none', driver: 'null' }
  put.run('front', JSON.stringify({ ...front, ...common, bridge: 'br-front' }))
  put.run('none', JSON.stringify({ ...none, ...common }))
  old.close()

  const store = new Store(path)
  expect(store.networks.values()).toEqual([
    { ...front, ...common, driverState: { bridge: 'br-front' } },
    { ...none, ...common, driverState: {} },
  ])
  store.close()
})

test('a newer schema is refused', () => {
  const path = `${folder}/newer.db`
  const newer = new DatabaseSync(path)
  newer.exec('PRAGMA user_version = 99')
  newer.close()
  expect(() => new Store(path)).toThrow(
    /^.*newer\.db: the state was written by a newer netd \(schema 99, this one knows \d+\)/,
  )
})

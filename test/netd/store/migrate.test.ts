/** Records of an older netd become those of this one; those of a newer one are left alone. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from '../../../netd/store/migrate.ts'
import { Store } from '../../../netd/store/store.ts'
import { createTables } from '../../../netd/store/tables.ts'

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

test('schema 3: the network of a container becomes a record of its own, leases and ports as they are', () => {
  const path = `${folder}/three.db`
  const old = new DatabaseSync(path)
  const lease = { endpointId: 'e', hostInterface: 'veth1', interface: 'eth0', mac: '', mtu: 1500, ipv4: '10.0.0.2/24' }
  const endpoints = { net1: { networkId: 'net1', request: { Aliases: ['w'] }, lease } }
  const ports = [{ hostAddress: '0.0.0.0', hostPort: 8080, containerPort: 80, protocol: 'tcp' }]
  const record = { createdAt: '2026-01-02T03:04:05Z', imageId: '', mounts: [] }
  const web = {
    id: 'abc',
    name: 'web',
    config: { Hostname: 'www', ExposedPorts: { '80/tcp': {}, '53/udp': {} } },
    hostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8080' }] }, PublishAllPorts: true, Dns: ['192.0.2.1'] },
    endpoints,
    ports,
    state: { status: 'running', exitCode: 0 },
    ...record,
  }
  const guest = {
    id: 'def',
    name: 'guest',
    config: { Hostname: 'def' },
    hostConfig: { NetworkMode: 'container:abc' },
    endpoints: {},
    ports: [],
    state: { status: 'exited', exitCode: 0 },
    ...record,
  }
  old.exec('CREATE TABLE containers (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT; PRAGMA user_version = 3')
  for (const container of [web, guest])
    old.prepare('INSERT INTO containers VALUES (?, ?)').run(container.id, JSON.stringify(container))
  old.close()

  const store = new Store(path)
  const wish = { hostAddress: '', protocol: 'tcp', hostPort: 8080, hostPortEnd: 8080 }
  const anyPort = { hostPort: 0, hostPortEnd: 0 }
  expect(store.sandboxes.get('abc')).toEqual({
    id: 'abc',
    name: 'web',
    namespace: { kind: 'own' },
    isOpen: true,
    hostname: 'www',
    domainname: '',
    endpoints: { net1: { ...endpoints.net1, request: { aliases: ['w'] } } },
    ports,
    links: [],
    extraHosts: [],
    portBindings: [
      { ...wish, containerPort: 80, containerPortEnd: 80 },
      { ...wish, ...anyPort, containerPort: 53, containerPortEnd: 53, protocol: 'udp', isImplied: true },
    ],
    resolver: { nameservers: ['192.0.2.1'], search: [], options: [] },
  })
  expect(store.sandboxes.get('def')).toMatchObject({ namespace: { kind: 'shared', with: 'abc' }, isOpen: false })
  expect(store.sandboxes.inGroup('net1').map(({ id }) => id)).toEqual(['abc'])
  expect(store.containers.get('abc')).not.toHaveProperty('endpoints')
  store.close()
})

test('schema 4: a container that was half made is a draft', () => {
  const path = `${folder}/four.db`
  const old = new DatabaseSync(path)
  old.exec('CREATE TABLE containers (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT; PRAGMA user_version = 4')
  const put = old.prepare('INSERT INTO containers VALUES (?, ?)')
  const common = {
    createdAt: '2026-01-02T03:04:05Z',
    imageId: '',
    config: {},
    hostConfig: {},
    mounts: [],
  }
  for (const [id, isHalfMade] of [
    ['whole', undefined],
    ['half', true],
  ] as const) {
    const record = { id, name: id, ...common, state: { status: 'created', exitCode: 0, isHalfMade } }
    put.run(id, JSON.stringify(record))
  }
  old.close()

  const store = new Store(path)
  expect(store.containers.keys()).toEqual(['whole'])
  expect(store.drafts.keys()).toEqual(['half'])
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

test('schema 5: what Docker called Config and HostConfig is parsed, and what inspect repeats is kept', () => {
  const path = `${folder}/five.db`
  const old = new DatabaseSync(path)
  const container = {
    id: 'f00'.padEnd(64, '0'),
    name: 'web',
    createdAt: '2026-01-02T03:04:05Z',
    imageId: '',
    imageReference: 'web',
    config: { Cmd: ['sleep', '9'], Entrypoint: null, Env: ['A=1'], ExposedPorts: { '80/tcp': {} }, Labels: { a: 'b' } },
    imageConfig: { User: '', Env: [] },
    hostConfig: {
      NetworkMode: 'container:db',
      PortBindings: { '80/tcp': [{ HostPort: '8080-8081' }], '90-91/udp': [{ HostIp: '::1', HostPort: '9000-9001' }] },
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
      CapAdd: ['net_admin'],
      SecurityOpt: ['seccomp=unconfined', 'no-new-privileges', 'apparmor=unconfined'],
      Links: null,
      Memory: 1 << 27,
      Dns: [],
    },
    mounts: [],
    state: { status: 'running', exitCode: 0 },
  }
  const sandbox = {
    id: container.id,
    name: 'web',
    namespace: { kind: 'shared', with: 'db' },
    hostname: 'www',
    endpoints: {},
    portBindings: [],
    ports: [],
    links: ['db', '/db:/web/cache'],
    extraHosts: ['six:[fd00::9]', 'host=host-gateway'],
    resolver: { nameservers: [], search: [], options: [] },
  }
  for (const table of ['containers', 'sandboxes'])
    old.exec(`CREATE TABLE ${table} (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT`)
  old.exec('PRAGMA user_version = 5')
  old.prepare('INSERT INTO sandboxes VALUES (?, ?)').run(sandbox.id, JSON.stringify(sandbox))
  old.prepare('INSERT INTO containers VALUES (?, ?)').run(container.id, JSON.stringify(container))
  old.close()

  const store = new Store(path)
  const { options, verbatim, ...rest } = store.containers.get(container.id)!
  expect(store.sandboxes.get(container.id)).toMatchObject({
    links: [
      { target: 'db', alias: 'db' },
      { target: '/db', alias: 'cache' },
    ],
    extraHosts: [
      { name: 'six', address: 'fd00::9' },
      { name: 'host', address: 'host-gateway' },
    ],
  })
  store.close()
  expect(rest).not.toHaveProperty('hostConfig')
  expect(options).toMatchObject({
    process: { command: ['sleep', '9'], environment: ['A=1'] },
    network: {
      mode: { kind: 'container', container: 'db' },
      exposedPorts: [{ port: 80, protocol: 'tcp' }],
      publishesAll: false,
    },
    security: {
      capAdd: ['CAP_NET_ADMIN'],
      seccomp: 'unconfined',
      isNoNewPrivileges: true,
      apparmorProfile: 'unconfined',
    },
    limits: { memoryBytes: 1 << 27, memorySwapBytes: 1 << 28 },
    restart: { name: 'on-failure', retries: 3 },
    labels: { a: 'b' },
  })
  expect(options.security.maskedPaths).toContain('/proc/interrupts')
  expect(verbatim.hostConfig).toMatchObject({
    CapAdd: ['net_admin'],
    Dns: [],
    PortBindings: {},
  })
})

test('schema 8: what a container publishes stands in its sandbox alone, and what --publish-all added is marked', () => {
  const path = `${folder}/eight.db`
  const old = new DatabaseSync(path)
  createTables(old)
  old.exec('PRAGMA user_version = 8')
  const id = 'f00'.padEnd(64, '0')
  const container = {
    id,
    name: 'web',
    createdAt: '2026-01-02T03:04:05Z',
    imageId: '',
    options: { process: {}, network: { mode: { kind: 'default' }, publishesAll: true }, security: {}, limits: {} },
    verbatim: { config: {}, hostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8080' }], '81/tcp': null } } },
    mounts: [],
    state: { status: 'exited', exitCode: 0 },
  }
  const wish = { hostAddress: '', containerPortEnd: 80, protocol: 'tcp' }
  const portBindings = [
    { ...wish, hostPort: 8080, hostPortEnd: 8080, containerPort: 80 },
    { ...wish, hostPort: 0, hostPortEnd: 0, containerPort: 90 },
  ]
  const sandbox = {
    id,
    name: 'web',
    namespace: { kind: 'own' },
    hostname: 'web',
    endpoints: {},
    portBindings,
    ports: [],
    links: [],
    extraHosts: [],
    resolver: { nameservers: [], search: [], options: [] },
  }
  old.prepare('INSERT INTO sandboxes VALUES (?, ?)').run(id, JSON.stringify(sandbox))
  old.prepare('INSERT INTO containers VALUES (?, ?)').run(id, JSON.stringify(container))
  old.close()
  for (const _start of ['first', 'second']) {
    const store = new Store(path)
    expect(store.containers.get(id)!.verbatim.hostConfig).toEqual({ PortBindings: { '81/tcp': null } })
    expect(store.sandboxes.get(id)!.portBindings).toEqual([portBindings[0], { ...portBindings[1], isImplied: true }])
    store.close()
  }
})

test('a disk that is full while a record becomes two leaves every record as it was', () => {
  const database = new DatabaseSync(`${folder}/full.db`)
  createTables(database)
  database.exec('PRAGMA user_version = 3')
  const put = database.prepare('INSERT INTO containers VALUES (?, ?)')
  for (let index = 0; index < 50; index += 1) {
    const hostConfig = { ExtraHosts: ['x'.repeat(1000)] }
    const container = { id: `c${index}`, name: '', config: {}, hostConfig, endpoints: {}, ports: [], state: {} }
    put.run(container.id, JSON.stringify(container))
  }
  const records = () => database.prepare('SELECT * FROM containers').all()
  const before = records()
  const { page_count: pages } = database.prepare('PRAGMA page_count').get() as { page_count: number }
  database.exec(`PRAGMA max_page_count = ${pages + 3}`)
  expect(() => migrate(database)).toThrow(/full/)
  expect(records()).toEqual(before)
  expect(database.prepare('SELECT * FROM sandboxes').all()).toEqual([])
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 3 })
  database.close()
})

/** Volumes on a hermetic host, through the docker CLI and plain HTTP, with the sentences of stock dockerd 20.10. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Traces } from '../../../support/census.ts'
import { eventually } from '../../../support/eventually.ts'
import { projectRoot, startHost, type HermeticHost, type HttpResponse } from '../../../support/host.ts'
import { run } from '../../../support/run.ts'

let host: HermeticHost
let before: Traces
const image = 'trestle/toolbox'

beforeAll(async () => {
  host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await host.docker(['run', '--rm', image, 'true'])
  before = await host.traces()
})
afterAll(() => host[Symbol.asyncDispose]())

/** Whatever a test has left, and then: nothing is. */
afterEach(async () => {
  for (const { Id } of (await host.http('GET', '/containers/json?all=1')).body)
    await host.http('DELETE', `/containers/${Id}?force=1&v=1`)
  await host.http('POST', `/volumes/prune?filters=${filter({ all: ['true'] })}`)
  expect(await names()).toEqual([])
  expect(await readdir(`${host.dataRoot}/volumes`).catch(() => [])).toEqual([])
  await eventually(async () => expect(await host.traces()).toEqual(before))
})

const docker = async (...args: string[]): Promise<string> => (await host.docker(args)).stdout.trim()
const runIn = (flags: string[], ...command: string[]): Promise<string> =>
  docker('run', '--rm', '--network', 'none', ...flags, image, ...command)
const filter = (filters: object): string => encodeURIComponent(JSON.stringify(filters))
const create = (body: object): Promise<HttpResponse> => host.http('POST', '/volumes/create', body)
const names = async (filters: object = {}): Promise<string[]> =>
  (await host.http('GET', `/volumes?filters=${filter(filters)}`)).body.Volumes.map(({ Name }: { Name: string }) => Name)
const container = (HostConfig: object, config: object = {}): Promise<HttpResponse> =>
  host.http('POST', '/containers/create', {
    Image: image,
    Cmd: ['sleep', '600'],
    ...config,
    HostConfig: { NetworkMode: 'none', ...HostConfig },
  })
const mountsOf = async (id: string): Promise<Record<string, unknown>[]> =>
  (await host.http('GET', `/containers/${id}/json`)).body.Mounts
const anonymousName = /^[0-9a-f]{64}$/

describe('a volume', () => {
  test('is made once, shown as Docker shows it, and removed', async () => {
    const { status, body } = await create({ Name: 'data', Labels: { a: 'b' } })
    expect(status).toBe(201)
    expect(body).toEqual({
      CreatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      Driver: 'local',
      Labels: { a: 'b' },
      Mountpoint: `${host.dataRoot}/volumes/data/_data`,
      Name: 'data',
      Options: null,
      Scope: 'local',
    })
    expect((await stat(body.Mountpoint)).isDirectory()).toBe(true)
    expect(await create({ Name: 'data', Labels: { other: 'label' } })).toMatchObject({ status: 201, body })
    expect(await host.http('GET', '/volumes/data')).toMatchObject({ status: 200, body })
    expect((await host.http('DELETE', '/volumes/data')).status).toBe(204)
    await expect(stat(body.Mountpoint)).rejects.toThrow('ENOENT')
  })

  test('without a name gets one', async () => {
    expect((await create({})).body).toMatchObject({
      Name: expect.stringMatching(anonymousName),
      Labels: { 'com.docker.volume.anonymous': '' },
    })
  })

  test.each([
    [
      'a name too short',
      { Name: 'a' },
      400,
      'create a: volume name is too short, names should be at least two alphanumeric characters',
    ],
    [
      'a name too long for a folder',
      { Name: 'a'.repeat(256) },
      400,
      `create ${'a'.repeat(256)}: volume name is too long, names have at most 255 characters`,
    ],
    [
      'a name with a slash',
      { Name: 'a/b' },
      400,
      'create a/b: "a/b" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path',
    ],
    [
      'another driver',
      { Name: 'data', Driver: 'nope' },
      404,
      'create data: error looking up volume plugin nope: plugin "nope" not found',
    ],
    ['an option that is none', { Name: 'data', DriverOpts: { foo: 'bar' } }, 400, 'create data: invalid option: "foo"'],
    [
      'half of the options',
      { Name: 'data', DriverOpts: { o: 'bind' } },
      400,
      'create data: missing required option: "device"',
    ],
    [
      'a mount of its own',
      { Name: 'data', DriverOpts: { type: 'nfs', device: ':/x', o: 'addr=10.0.0.1' } },
      501,
      "create data: of the local driver's options netd supports type=none, o=bind and device=/path only; mount anything else on the host and name that path as device",
    ],
  ])('is refused for %s', async (_what, request, status, message) => {
    expect(await create(request)).toMatchObject({ status, body: { message } })
  })

  test('that is not there, or in use, says so', async () => {
    expect(await host.http('GET', '/volumes/nope')).toMatchObject({
      status: 404,
      body: { message: 'get nope: no such volume' },
    })
    expect(await host.http('DELETE', '/volumes/nope')).toMatchObject({
      status: 404,
      body: { message: 'get nope: no such volume' },
    })
    expect((await host.http('DELETE', '/volumes/nope?force=1')).status).toBe(204)
    const { body } = await container({ Binds: ['data:/data'] })
    for (const query of ['', '?force=1']) {
      expect(await host.http('DELETE', `/volumes/data${query}`)).toMatchObject({
        status: 409,
        body: { message: `remove data: volume is in use - [${body.Id}]` },
      })
    }
    expect(await host.http('POST', '/volumes/create')).toMatchObject({
      status: 400,
      body: { message: 'got EOF while reading request body' },
    })
  })

  test('is found by name, label, driver and whether anybody has it', async () => {
    await create({ Name: 'first', Labels: { a: 'b' } })
    await create({ Name: 'second' })
    await container({ Binds: ['second:/data'] })
    expect(await names({ name: ['fir'] })).toEqual(['first'])
    expect(await names({ label: ['a=b'] })).toEqual(['first'])
    expect(await names({ driver: ['local'] })).toEqual(['first', 'second'])
    expect(await names({ driver: ['nfs'] })).toEqual([])
    expect(await names({ dangling: ['true'] })).toEqual(['first'])
    expect(await names({ dangling: ['false'] })).toEqual(['second'])
    expect(await host.http('GET', `/volumes?filters=${filter({ dangling: ['maybe'] })}`)).toMatchObject({
      status: 400,
      body: { message: "Invalid filter 'dangling=[maybe]'" },
    })
    expect(await host.http('GET', `/volumes?filters=${filter({ colour: ['red'] })}`)).toMatchObject({
      status: 400,
      body: { message: "Invalid filter 'colour'" },
    })
  })

  test('outlives the daemon', async () => {
    await runIn(['-v', 'data:/data'], 'sh', '-c', 'echo kept > /data/file')
    await host.stopNetd('SIGKILL')
    await host.startNetd()
    expect(await runIn(['-v', 'data:/data'], 'cat', '/data/file')).toBe('kept')
  })

  test('can be a folder of the host under a name', async () => {
    await mkdir(`${host.root}/device`)
    await create({ Name: 'device', DriverOpts: { type: 'none', o: 'bind', device: `${host.root}/device` } })
    await runIn(['-v', 'device:/data'], 'sh', '-c', 'echo here > /data/file')
    expect(await readFile(`${host.root}/device/file`, 'utf8')).toBe('here\n')
    await docker('volume', 'rm', 'device')
    expect(await readdir(`${host.root}/device`)).toEqual(['file'])
  })
})

describe('pruning', () => {
  test('takes anonymous ones, named ones on demand, and none that a container has', async () => {
    await create({})
    await create({ Name: 'named', Labels: { keep: 'no' } })
    await create({ Name: 'kept', Labels: { keep: 'yes' } })
    await container({ Binds: ['used:/data'] })
    await runIn(['-v', 'named:/data'], 'sh', '-c', 'printf 12345 > /data/file')
    expect((await host.http('POST', '/volumes/prune')).body).toEqual({
      VolumesDeleted: [expect.stringMatching(anonymousName)],
      SpaceReclaimed: 0,
    })
    expect(
      (await host.http('POST', `/volumes/prune?filters=${filter({ all: ['1'], 'label!': ['keep=yes'] })}`)).body,
    ).toEqual({ VolumesDeleted: ['named'], SpaceReclaimed: 5 })
    expect(await names()).toEqual(['kept', 'used'])
  })

  test('takes named ones for clients before 1.42', async () => {
    await create({ Name: 'named' })
    expect((await host.http('POST', '/v1.41/volumes/prune')).body).toEqual({
      VolumesDeleted: ['named'],
      SpaceReclaimed: 0,
    })
  })
})

describe('a container', () => {
  test('has what -v, --mount and its image ask for, as inspect and ps show it', async () => {
    await run([
      'sh',
      '-c',
      `tar -xOf ${projectRoot}dist/toolbox.tar --wildcards '*/layer.tar' > ${host.root}/layer.tar`,
    ])
    await docker(
      'import',
      '-c',
      'VOLUME /var/lib/thing',
      '-c',
      'CMD ["sleep","600"]',
      `${host.root}/layer.tar`,
      'with/volume',
    )
    const { body } = await container(
      {
        Binds: ['data:/data:ro', 'plain:/plain', '/alone'],
        Mounts: [
          {
            Type: 'volume',
            Source: 'mounted',
            Target: '/mounted/',
            ReadOnly: true,
            VolumeOptions: { Labels: { q: 'r' } },
          },
          { Type: 'volume', Target: '/nameless' },
          { Type: 'tmpfs', Target: '/scratch' },
        ],
        Tmpfs: { '/hidden': '' },
      },
      { Image: 'with/volume', Cmd: null, Volumes: { '/asked': {} } },
    )
    const volume = (Name: string | object, Destination: string, Mode: string, RW = true): object => ({
      Type: 'volume',
      Name,
      Source:
        typeof Name === 'string'
          ? `${host.dataRoot}/volumes/${Name}/_data`
          : expect.stringMatching(/volumes\/[0-9a-f]{64}\/_data$/),
      Destination,
      Driver: 'local',
      Mode,
      RW,
      Propagation: '',
    })
    const anonymous = expect.stringMatching(anonymousName) as object
    const shown = [
      volume('data', '/data', 'ro', false),
      volume('plain', '/plain', 'z'),
      volume(anonymous, '/alone', 'z'),
      volume('mounted', '/mounted', 'z', false),
      volume(anonymous, '/nameless', 'z'),
      { Type: 'tmpfs', Source: '', Destination: '/scratch', Mode: '', RW: true, Propagation: '' },
      volume(anonymous, '/var/lib/thing', ''),
      volume(anonymous, '/asked', ''),
    ]
    expect(await mountsOf(body.Id)).toEqual(shown)
    expect((await host.http('GET', '/containers/json?all=1')).body[0].Mounts).toEqual(shown)
    expect((await host.http('GET', '/volumes/mounted')).body.Labels).toEqual({ q: 'r' })
    expect(await docker('ps', '-aq', '--no-trunc', '--filter', 'volume=plain')).toBe(body.Id)
    expect(await docker('ps', '-aq', '--filter', 'volume=/asked')).not.toBe('')
    expect(await docker('ps', '-aq', '--filter', 'volume=other')).toBe('')
    await docker('start', body.Id)
    for (const [target, access] of [
      ['/data', 'ro'],
      ['/plain', 'rw'],
      ['/mounted', 'ro'],
      ['/nameless', 'rw'],
      ['/var/lib/thing', 'rw'],
      ['/asked', 'rw'],
    ]) {
      expect(await docker('exec', body.Id, 'grep', ` ${target} `, '/proc/mounts')).toMatch(new RegExp(` ${access}[, ]`))
    }
    await docker('rm', '-f', body.Id)
    await docker('rmi', 'with/volume')
  })

  test('shares what it writes with the others, and a reader cannot write', async () => {
    await docker('run', '-d', '--name', 'reader', '--network', 'none', '-v', 'shared:/in:ro', image, 'sleep', '600')
    await runIn(['--mount', 'type=volume,source=shared,target=/out'], 'sh', '-c', 'echo hello > /out/file')
    expect(await docker('exec', 'reader', 'cat', '/in/file')).toBe('hello')
    expect((await host.docker(['exec', 'reader', 'touch', '/in/other'], { allowFailure: true })).stderr).toContain(
      'Read-only file system',
    )
  })

  test("finds the image's files in a volume that was empty, with owners, modes and links", async () => {
    const listing = [
      'sh',
      '-c',
      "cd /etc && find . ! -name resolv.conf ! -name hostname ! -name hosts | sort | xargs stat -c '%n %U %G %a %F %Y'",
    ]
    const ofImage = (await runIn([], ...listing)).replace(/^\. .*$/m, '')
    expect((await runIn(['-v', 'etc:/etc'], ...listing)).replace(/^\. .*$/m, '')).toBe(ofImage)
    // Not when something is in it already, not with nocopy, and nothing where the image has nothing.
    expect(await runIn(['-v', 'etc:/usr/share'], 'ls', '/usr/share')).toContain('passwd')
    expect(await runIn(['-v', 'bare:/etc:nocopy'], 'sh', '-c', 'ls /etc | grep -c passwd; true')).toBe('0')
    expect(
      await runIn(['--mount', 'source=other,target=/etc,volume-nocopy'], 'sh', '-c', 'ls /etc | grep -c passwd; true'),
    ).toBe('0')
    expect(await runIn(['-v', '/no/such/place'], 'ls', '-A', '/no/such/place')).toBe('')
    // At creation, for the data container that is never started.
    const { body } = await container({ Binds: ['created:/etc'] })
    expect(await readFile(`${host.dataRoot}/volumes/created/_data/passwd`, 'utf8')).toContain('root')
    expect(body.Warnings).toEqual([])
  })

  test("never copies the host's files, whatever links the image has", async () => {
    await writeFile(`${host.root}/secret`, 'of the host')
    const tree = `${host.root}/tree`
    await run([
      'sh',
      '-c',
      `mkdir -p ${tree}/real && cd ${tree} && echo inside > real/file && ln -s ${host.root} absolute && ln -s ../../../..${host.root} climbing && ln -s /real inner && tar -cf ${host.root}/links.tar -C ${tree} .`,
    ])
    await docker('import', `${host.root}/links.tar`, 'with/links')
    for (const [target, files] of [
      ['/absolute', []],
      ['/climbing', []],
      ['/inner', ['file']],
    ] as const) {
      const { body, status } = await container(
        { Mounts: [{ Type: 'volume', Source: `from${target.slice(1)}`, Target: target }] },
        { Image: 'with/links', Cmd: ['x'] },
      )
      expect(status).toBe(201)
      expect(await readdir(`${host.dataRoot}/volumes/from${target.slice(1)}/_data`)).toEqual(files)
      await docker('rm', body.Id)
    }
    await docker('rmi', 'with/links')
  })

  test('takes over what another one has', async () => {
    await docker(
      'run',
      '-d',
      '--name',
      'donor',
      '--network',
      'none',
      '-v',
      '/anonymous',
      '-v',
      'data:/data',
      '-v',
      `${host.root}:/host:ro`,
      image,
      'sh',
      '-c',
      'echo here > /anonymous/file; sleep 600',
    )
    const { body } = await container({ VolumesFrom: ['donor:ro'], Binds: ['own:/data'] })
    expect(Object.fromEntries((await mountsOf(body.Id)).map(({ Destination, RW }) => [Destination, RW]))).toEqual({
      '/anonymous': false,
      '/data': true,
      '/host': false,
    })
    expect(await runIn(['--volumes-from', 'donor'], 'cat', '/anonymous/file')).toBe('here')
    // Its heir keeps the anonymous volume alive.
    await docker('rm', '-vf', 'donor')
    expect(await names()).toHaveLength(3)
    await docker('rm', '-v', body.Id)
    expect(await names()).toEqual(['data', 'own'])
    expect(await container({ VolumesFrom: ['nope'] })).toMatchObject({
      status: 400,
      body: { message: 'No such container: nope' },
    })
    expect(await container({ VolumesFrom: [''] })).toMatchObject({
      status: 400,
      body: { message: 'volumes-from specification cannot be an empty string' },
    })
  })

  test('leaves its anonymous volumes, unless it goes with -v or ran with --rm', async () => {
    await runIn(['-v', '/scratch', '-v', 'named:/data'], 'true')
    expect(await names()).toEqual(['named'])
    await docker('create', '--name', 'plain', '-v', '/scratch', image)
    await docker('rm', 'plain')
    expect(await names({ dangling: ['true'] })).toHaveLength(2)
    await docker('create', '--name', 'with', '-v', '/scratch', '-v', 'named:/data', image)
    await docker('rm', '-v', 'with')
    expect(await names()).toHaveLength(2)
  })

  test.each([
    [
      'a volume name with a slash',
      { Binds: ['a/b:/x'] },
      400,
      /^create a\/b: "a\/b" includes invalid characters for a local volume name/,
    ],
    [
      'a relative target',
      { Binds: ['data:x'] },
      400,
      "invalid volume specification: 'data:x': invalid mount config for type \"volume\": invalid mount path: 'x' mount path must be absolute",
    ],
    [
      'the root as target',
      { Binds: ['data:/'] },
      400,
      "invalid volume specification: 'data:/': invalid mount config for type \"volume\": invalid specification: destination can't be '/'",
    ],
    ['too many colons', { Binds: ['a:b:c:d'] }, 400, "invalid volume specification: 'a:b:c:d'"],
    ['nothing', { Binds: [':/x'] }, 400, "invalid volume specification: ':/x'"],
    ['a mode that is none', { Binds: ['data:/x:zz'] }, 400, 'invalid mode: zz'],
    [
      'a propagation of a volume',
      { Binds: ['data:/x:rslave'] },
      400,
      'invalid volume specification: \'data:/x:rslave\': invalid mount config for type "volume": field BindOptions must not be specified',
    ],
    [
      'nocopy of a bind',
      { Binds: ['/tmp:/x:nocopy'] },
      400,
      'invalid volume specification: \'/tmp:/x:nocopy\': invalid mount config for type "bind": field VolumeOptions must not be specified',
    ],
    [
      'a target twice',
      { Binds: ['data:/x'], Mounts: [{ Type: 'volume', Target: '/x' }] },
      400,
      'Duplicate mount point: /x',
    ],
    [
      'no target',
      { Mounts: [{ Type: 'volume', Source: 'x' }] },
      400,
      'invalid mount config for type "volume": field Target must not be empty',
    ],
    [
      'a read-only anonymous volume',
      { Mounts: [{ Type: 'volume', Target: '/x', ReadOnly: true }] },
      400,
      'invalid mount config for type "volume": must not set ReadOnly mode when using anonymous volumes',
    ],
    [
      'a type that is none',
      { Mounts: [{ Type: 'zz', Source: '/tmp', Target: '/x' }] },
      400,
      'invalid mount config for type "zz": mount type unknown',
    ],
    [
      'a tmpfs with a source',
      { Mounts: [{ Type: 'tmpfs', Source: '/tmp', Target: '/x' }] },
      400,
      'invalid mount config for type "tmpfs": field Source must not be specified',
    ],
    [
      'a part of a volume',
      { Mounts: [{ Type: 'volume', Source: 'data', Target: '/x', VolumeOptions: { Subpath: 'a' } }] },
      501,
      'Mounts.VolumeOptions.Subpath is not supported by netd yet: leave it out',
    ],
  ])('is refused for %s, and no volume is made', async (_what, hostConfig, status, message) => {
    expect(await container(hostConfig)).toMatchObject({
      status,
      body: { message: message instanceof RegExp ? expect.stringMatching(message) : message },
    })
    expect(await names()).toEqual([])
  })

  test('made at the same time as another finds the files whole', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => container({ Binds: ['both:/etc'] })))
    expect(made.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 201))
    expect(await readdir(`${host.dataRoot}/volumes/both/_data`)).toEqual(expect.arrayContaining(['group', 'passwd']))
  })
})

test('events tell of a volume what dockerd tells', async () => {
  const since = Math.floor(Date.now() / 1000)
  const id = await docker('run', '-d', '--network', 'none', '-v', 'seen:/data:ro', image, 'sleep', '600')
  await docker('rm', '-f', id)
  await docker('volume', 'rm', 'seen')
  const lines = await docker(
    'events',
    '--since',
    String(since),
    '--until',
    String(Math.ceil(Date.now() / 1000)),
    '--filter',
    'volume=seen',
    '--format',
    '{{json .}}',
  )
  const events = lines.split('\n').map((line) => JSON.parse(line))
  expect(events.map(({ Type, Action, Actor }) => ({ Type, Action, Actor }))).toEqual(
    [
      { Action: 'create', Attributes: { driver: 'local' } },
      {
        Action: 'mount',
        Attributes: { container: id, destination: '/data', driver: 'local', propagation: '', 'read/write': 'false' },
      },
      { Action: 'unmount', Attributes: { container: id, driver: 'local' } },
      { Action: 'destroy', Attributes: { driver: 'local' } },
    ].map(({ Action, Attributes }) => ({ Type: 'volume', Action, Actor: { ID: 'seen', Attributes } })),
  )
})

test('system df counts bytes and containers', async () => {
  await runIn(['-v', 'counted:/data'], 'sh', '-c', 'printf 1234567 > /data/file; ln /data/file /data/again')
  const { Id } = (await container({ Binds: ['counted:/data'] })).body
  const { Containers, Volumes } = (await host.http('GET', '/system/df')).body
  expect(Volumes).toEqual([expect.objectContaining({ Name: 'counted', UsageData: { RefCount: 1, Size: 7 } })])
  expect(Containers).toContainEqual(
    expect.objectContaining({ Id, State: 'created', SizeRootFs: expect.any(Number), HostConfig: expect.any(Object) }),
  )
})

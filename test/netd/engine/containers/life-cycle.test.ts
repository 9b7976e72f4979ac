/** A container's life on a hermetic host, through the docker CLI and plain HTTP: what dockerd's clients rely on. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../../support/eventually.ts'
import { projectRoot, startHost, type HermeticHost, type HttpResponse } from '../../../support/host.ts'

let host: HermeticHost

beforeAll(async () => {
  host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
})
afterAll(() => host[Symbol.asyncDispose]())
afterEach(async () => {
  for (const { Id } of (await host.http('GET', '/containers/json?all=1')).body)
    await host.http('DELETE', `/containers/${Id}?force=1`)
})

const image = 'trestle/toolbox'
const create = (config: object, name = ''): Promise<HttpResponse> =>
  host.http('POST', `/containers/create?name=${name}`, {
    Image: image,
    ...config,
    HostConfig: { NetworkMode: 'none', ...(config as { HostConfig?: object }).HostConfig },
  })
const start = (name: string): Promise<HttpResponse> => host.http('POST', `/containers/${name}/start`)
const state = async (name: string): Promise<{ Status: string; ExitCode: number; Error: string; Pid: number }> =>
  (await host.http('GET', `/containers/${name}/json`)).body.State
const sleeping = { Cmd: ['sleep', '600'] }

describe('create', () => {
  test.each([
    ['no image and no command', {}, { Image: '' }, 400, 'Config cannot be empty in order to create a container'],
    ['an image that is not there', {}, { Image: 'nope' }, 404, 'No such image: nope:latest'],
    [
      'a port that is none',
      { PortBindings: { '99999/tcp': [{ HostPort: '1' }] } },
      {},
      400,
      'invalid port specification: "99999"',
    ],
    [
      'a host port that is none',
      { PortBindings: { '80/tcp': [{ HostPort: 'x' }] } },
      {},
      400,
      'invalid port specification: "x"',
    ],
    ['a restart policy that is none', { RestartPolicy: { Name: 'zz' } }, {}, 400, "invalid restart policy 'zz'"],
    [
      'a restart policy beside --rm',
      { RestartPolicy: { Name: 'always' }, AutoRemove: true },
      {},
      400,
      "can't create 'AutoRemove' container with restart policy",
    ],
    [
      'container: and nothing',
      { NetworkMode: 'container:' },
      {},
      400,
      'Invalid network mode: invalid container format container:<name|id>',
    ],
    [
      'a relative mount target',
      { Binds: ['/tmp:y'] },
      {},
      400,
      "invalid volume specification: '/tmp:y': invalid mount config for type \"bind\": invalid mount path: 'y' mount path must be absolute",
    ],
    [
      'a mount of what is not there',
      { Mounts: [{ Type: 'bind', Source: '/nope', Target: '/x' }] },
      {},
      400,
      'invalid mount config for type "bind": bind source path does not exist: /nope',
    ],
    ['a signal that is none', {}, { StopSignal: 'ZZ' }, 400, 'Invalid signal: ZZ'],
    [
      'a relative working directory',
      {},
      { WorkingDir: 'rel' },
      400,
      "the working directory 'rel' is invalid, it needs to be an absolute path",
    ],
    ['too little memory', { Memory: 1000 }, {}, 400, 'Minimum memory limit allowed is 6MB'],
    [
      'an option that nothing carries out',
      { StorageOpt: { size: '1G' } },
      {},
      501,
      'HostConfig.StorageOpt is not supported by netd yet: leave it out',
    ],
  ])('%s is refused, and nothing is made', async (_what, hostConfig, config, status, message) => {
    expect(await create({ ...config, HostConfig: hostConfig })).toMatchObject({ status, body: { message } })
    expect((await host.http('GET', '/containers/json?all=1')).body).toEqual([])
  })

  test('a name is given once; without one the daemon finds one', async () => {
    const { body } = await create(sleeping, 'first')
    expect(await create(sleeping, 'first')).toMatchObject({
      status: 409,
      body: {
        message: `Conflict. The container name "/first" is already in use by container "${body.Id}". You have to remove (or rename) that container to be able to reuse that name.`,
      },
    })
    expect(await create(sleeping, 'a%20b')).toMatchObject({
      status: 400,
      body: { message: 'Invalid container name (a b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed' },
    })
    const nameless = await create(sleeping)
    expect((await host.http('GET', `/containers/${nameless.body.Id}/json`)).body.Name).toMatch(/^\/[a-z]+_[a-z_]+$/)
  })

  test('what the image says stands where the user is silent', async () => {
    await create({ Env: ['A=b'], Labels: { mine: 'yes' }, Hostname: 'h' }, 'merged')
    const { body } = await host.http('GET', '/containers/merged/json')
    expect(body.Config).toMatchObject({
      Hostname: 'h',
      Env: expect.arrayContaining(['A=b']),
      Labels: { mine: 'yes' },
      Image: image,
    })
    expect(body).toMatchObject({
      State: { Status: 'created', StartedAt: '0001-01-01T00:00:00Z' },
      HostConfig: { NetworkMode: 'none', RestartPolicy: { Name: 'no', MaximumRetryCount: 0 } },
    })
  })
})

describe('start', () => {
  test('once', async () => {
    await create(sleeping, 'web')
    expect([(await start('web')).status, (await start('web')).status]).toEqual([204, 304])
    expect(await state('web')).toMatchObject({ Status: 'running', Pid: expect.any(Number) })
  })

  test.each([
    ['no-such-program', 127, 'executable file not found in $PATH'],
    ['/etc/passwd', 126, 'permission denied'],
  ])('of %s leaves exit code %i and the reason', async (program, exitCode, reason) => {
    await create({ Cmd: [program] }, 'broken')
    expect(await start('broken')).toMatchObject({ status: 400, body: { message: expect.stringContaining(reason) } })
    expect(await state('broken')).toMatchObject({
      Status: 'created',
      ExitCode: exitCode,
      Error: expect.stringContaining(reason),
    })
  })

  test('on a network that is not there', async () => {
    await create({ ...sleeping, HostConfig: { NetworkMode: 'nonet' } }, 'lost')
    expect(await start('lost')).toMatchObject({ status: 404, body: { message: 'network nonet not found' } })
    expect(await state('lost')).toMatchObject({ ExitCode: 128, Error: 'network nonet not found' })
  })

  test('that fails removes a --rm container', async () => {
    await create({ Cmd: ['no-such-program'], HostConfig: { AutoRemove: true } }, 'brief')
    await start('brief')
    expect((await host.http('GET', '/containers/brief/json')).status).toBe(404)
  })
})

describe('the end', () => {
  test('stop asks, then kills', async () => {
    await create({ Cmd: ['sh', '-c', "trap 'exit 7' TERM; echo ready; while :; do usleep 10000; done"] }, 'polite')
    await create({ Cmd: ['sh', '-c', "trap '' TERM; echo ready; while :; do usleep 10000; done"] }, 'deaf')
    for (const name of ['polite', 'deaf']) await start(name)
    for (const name of ['polite', 'deaf'])
      await eventually(async () => expect((await host.docker(['logs', name])).stdout).toBe('ready\n'))
    expect((await host.http('POST', '/containers/polite/stop?t=5')).status).toBe(204)
    expect((await host.http('POST', '/containers/deaf/stop?t=0')).status).toBe(204)
    expect([(await state('polite')).ExitCode, (await state('deaf')).ExitCode]).toEqual([7, 137])
    expect((await host.http('POST', '/containers/deaf/stop')).status).toBe(304)
  })

  test('wait answers with the exit code, kill of what has ended is 409', async () => {
    const { body } = await create({ Cmd: ['sh', '-c', 'exit 3'] }, 'three')
    const waiting = host.http('POST', '/containers/three/wait?condition=next-exit')
    await start('three')
    expect((await waiting).body).toEqual({ StatusCode: 3, Error: null })
    expect(await host.http('POST', '/containers/three/kill')).toMatchObject({
      status: 409,
      body: { message: `Cannot kill container: three: Container ${body.Id} is not running` },
    })
  })

  test('a running container is removed by force only', async () => {
    const { body } = await create(sleeping, 'busy')
    await start('busy')
    expect(await host.http('DELETE', '/containers/busy')).toMatchObject({
      status: 409,
      body: {
        message: `You cannot remove a running container ${body.Id}. Stop the container before attempting removal or force remove`,
      },
    })
    expect((await host.http('DELETE', '/containers/busy?force=1')).status).toBe(204)
    expect(await host.http('DELETE', '/containers/busy')).toMatchObject({
      status: 404,
      body: { message: 'No such container: busy' },
    })
  })

  test('a policy starts it again until the user stops it', async () => {
    await create(
      { Cmd: ['sh', '-c', 'exit 1'], HostConfig: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 } } },
      'stubborn',
    )
    await start('stubborn')
    await eventually(async () =>
      expect((await host.http('GET', '/containers/stubborn/json')).body).toMatchObject({
        RestartCount: 2,
        State: { Status: 'exited', ExitCode: 1 },
      }),
    )
    await create({ ...sleeping, HostConfig: { RestartPolicy: { Name: 'always' } } }, 'always')
    await start('always')
    await host.http('POST', '/containers/always/kill')
    expect(await state('always')).toMatchObject({ Status: 'exited', ExitCode: 137 })
  })

  test('events tell the whole life', async () => {
    const since = Date.now() / 1000
    await host.docker(['run', '--rm', '--name', 'told', '--network', 'none', image, 'sh', '-c', 'exit 4'], {
      allowFailure: true,
    })
    await eventually(async () => {
      const { stdout } = await host.docker([
        'events',
        `--since=${since}`,
        `--until=${Date.now() / 1000}`,
        '--filter=container=told',
        '--format={{json .}}',
      ])
      const events = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(events.map(({ Action }) => Action)).toEqual(['create', 'attach', 'start', 'die', 'destroy'])
      expect(events[3]).toMatchObject({
        Type: 'container',
        status: 'die',
        from: image,
        Actor: { Attributes: { exitCode: '4', name: 'told', image } },
      })
    })
  })
})

describe('list', () => {
  test.each([
    ['status', 'exited', ['ended']],
    ['status', 'running', ['alive']],
    ['exited', '5', ['ended']],
    ['label', 'role=db', ['alive']],
    ['name', 'aliv', ['alive']],
    ['ancestor', image, ['alive', 'ended']],
    ['network', 'none', ['alive', 'ended']],
  ])('--filter %s=%s', async (filter, value, names) => {
    await create({ Cmd: ['sh', '-c', 'exit 5'] }, 'ended')
    await create({ ...sleeping, Labels: { role: 'db' } }, 'alive')
    const ended = host.http('POST', '/containers/ended/wait?condition=next-exit')
    for (const name of ['ended', 'alive']) await start(name)
    await ended
    const { body } = await host.http(
      'GET',
      `/containers/json?all=1&filters=${encodeURIComponent(JSON.stringify({ [filter]: [value] }))}`,
    )
    expect(body.map(({ Names }: { Names: string[] }) => Names[0]!.slice(1)).toSorted()).toEqual(names)
  })

  test('an unknown filter is refused', async () => {
    expect(await host.http('GET', '/containers/json?filters={"zz":["a"]}')).toMatchObject({
      status: 400,
      body: { message: "Invalid filter 'zz'" },
    })
  })
})

describe('after a crash of the daemon', () => {
  test('what ended meanwhile has its exit code, and --rm is kept', async () => {
    await create({ Cmd: ['sh', '-c', 'sleep 1; exit 6'] }, 'quiet')
    await create({ Cmd: ['sleep', '1'], HostConfig: { AutoRemove: true } }, 'passing')
    await create(sleeping, 'lasting')
    for (const name of ['quiet', 'passing', 'lasting']) await start(name)
    const { Pid: pid } = await state('quiet')
    await host.stopNetd('SIGKILL')
    await eventually(async () =>
      expect((await host.run(['sh', '-c', `kill -0 ${pid} 2>&1 || echo gone`])).stdout).toContain('gone'),
    )
    await host.startNetd()
    await eventually(async () => expect(await state('quiet')).toMatchObject({ Status: 'exited', ExitCode: 6 }))
    await eventually(async () => expect((await host.http('GET', '/containers/passing/json')).status).toBe(404))
    expect((await host.docker(['exec', 'lasting', 'echo', 'here'])).stdout).toBe('here\n')
  })
})

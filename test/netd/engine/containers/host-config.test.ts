/** What of a HostConfig a process can see from inside, and what the daemon says of what it cannot give. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunResult } from '../../../support/run.ts'
import { projectRoot, startHost, type HermeticHost } from '../../../support/host.ts'

let host: HermeticHost
const image = 'trestle/toolbox'

beforeAll(async () => {
  host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
})
afterAll(() => host[Symbol.asyncDispose]())

const attempt = (flags: string[], ...command: string[]): Promise<RunResult> =>
  host.docker(['run', '--rm', '--network', 'none', ...flags, image, ...command], { allowFailure: true })
const output = async (flags: string[], ...command: string[]): Promise<string> => {
  const { stdout, stderr, exitCode } = await attempt(flags, ...command)
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  return stdout.trim()
}

describe('groups', () => {
  test('are added to those of the user, for an exec as well', async () => {
    expect(await output(['-u', '1000', '--group-add', '7', '--group-add', 'root'], 'id')).toBe(
      'uid=1000 gid=0(root) groups=0(root),7',
    )
    await host.docker([
      'run',
      '-d',
      '--name',
      'grouped',
      '--network',
      'none',
      '--group-add',
      '7',
      image,
      'sleep',
      '600',
    ])
    expect((await host.docker(['exec', 'grouped', 'id', '-G'])).stdout.trim().split(' ')).toContain('7')
    await host.docker(['rm', '-f', 'grouped'])
  })

  test('have to be known by name', async () => {
    expect((await attempt(['--group-add', 'wheel'], 'id')).stderr).toContain(
      'Unable to find group wheel: no matching entries in group file',
    )
  })
})

describe('devices', () => {
  test('are nodes of the container, with the access that was given', async () => {
    expect(
      await output(
        ['--device', '/dev/zero:/dev/naught'],
        'sh',
        '-c',
        'head -c 3 /dev/naught | wc -c; stat -c %t:%T /dev/naught',
      ),
    ).toBe('3\n1:5')
    // /dev/fuse by its number: runc itself lets everybody at the few that seem more obvious.
    await host.run(['mknod', `${host.root}/node`, 'c', '10', '229'])
    const write = ['sh', '-c', '(: > /dev/mine) 2>&1 || true']
    expect(await output(['--device', `${host.root}/node:/dev/mine:r`], ...write)).toContain('Operation not permitted')
    expect(await output(['--device', `${host.root}/node:/dev/mine`], ...write)).not.toContain('Operation not permitted')
    expect(await output(['--device', '/dev/net'], 'stat', '-c', '%F', '/dev/net/tun')).toBe('character special file')
  })

  test('and rules let it open what it makes itself', async () => {
    const make = ['sh', '-c', 'mknod /node c 10 229 && (: > /node) 2>&1 || true']
    expect(await output([], ...make)).toContain('Operation not permitted')
    expect(await output(['--device-cgroup-rule', 'c 10:229 rwm'], ...make)).not.toContain('Operation not permitted')
  })

  test.each([
    [
      '/dev/nope',
      'error gathering device information while adding custom device "/dev/nope": no such file or directory',
    ],
    ['/etc/passwd', 'error gathering device information while adding custom device "/etc/passwd": not a device node'],
  ])('%s is none', async (path, message) => {
    expect((await attempt(['--device', path], 'true')).stderr).toContain(message)
  })
})

test('--init reaps and passes signals on, as process 1', async () => {
  const { stdout, exitCode } = await attempt(
    ['--init'],
    'sh',
    '-c',
    "tr '\\0' ' ' < /proc/1/cmdline; grep -c 'docker-init .* ro' /proc/mounts; exit 7",
  )
  expect({ stdout, exitCode }).toEqual({
    stdout: expect.stringMatching(/^\/sbin\/docker-init -- sh -c .*1\n$/),
    exitCode: 7,
  })
  await host.docker(['run', '-d', '--init', '--name', 'inspected', '--network', 'none', image, 'sleep', '600'])
  // As dockerd: what runs under it is what inspect shows. And sleep, which as process 1 would be deaf to it, ends at SIGTERM.
  expect(
    (
      await host.docker(['inspect', '-f', '{{.Path}} {{.Args}} {{.HostConfig.Init}} {{.Mounts}}', 'inspected'])
    ).stdout.trim(),
  ).toBe('sleep [600] true []')
  await host.docker(['stop', '-t', '60', 'inspected'])
  expect((await host.docker(['inspect', '-f', '{{.State.ExitCode}}', 'inspected'])).stdout.trim()).toBe('143')
  await host.docker(['rm', 'inspected'])
})

describe('tmpfs', () => {
  test('has the options given, over the safe ones', async () => {
    const mounts = await output(
      [
        '--tmpfs',
        '/plain',
        '--tmpfs',
        '/mine:exec,size=1m,mode=700,uid=7',
        '--mount',
        'type=tmpfs,target=/other,tmpfs-size=1m,tmpfs-mode=1770',
      ],
      'cat',
      '/proc/mounts',
    )
    expect(mounts).toMatch(/^tmpfs \/plain tmpfs rw,nosuid,nodev,noexec,relatime 0 0$/m)
    expect(mounts).toMatch(/^tmpfs \/mine tmpfs rw,nosuid,nodev,relatime,size=1024k,mode=700,uid=7 0 0$/m)
    expect(mounts).toMatch(/^tmpfs \/other tmpfs rw,nosuid,nodev,noexec,relatime,size=1024k,mode=1770 0 0$/m)
  })

  test('is what can be written under a read-only root', async () => {
    expect(
      await output(
        ['--read-only', '--tmpfs', '/scratch', '-v', 'kept:/kept'],
        'sh',
        '-c',
        'touch /scratch/a /kept/b && (touch /c 2>&1 || true)',
      ),
    ).toContain('Read-only file system')
  })

  test('knows its options', async () => {
    expect((await attempt(['--tmpfs', '/x:zz'], 'true')).stderr).toContain('invalid tmpfs option ["zz"]')
  })
})

test('ulimits hold', async () => {
  expect(
    await output(['--ulimit', 'nofile=100:200', '--ulimit', 'core=0'], 'sh', '-c', 'ulimit -Sn; ulimit -Hn; ulimit -c'),
  ).toBe('100\n200\n0')
})

describe('the OOM score', () => {
  test('is adjusted', async () => {
    expect(await output(['--oom-score-adj', '500'], 'cat', '/proc/self/oom_score_adj')).toBe('500')
  })

  test('goes down only as far as the kernel lets netd', async () => {
    const { stdout, stderr } = await attempt(['--oom-score-adj', '-500'], 'cat', '/proc/self/oom_score_adj')
    const isPermitted =
      (await host.run(['sh', '-c', 'echo -500 > /proc/self/oom_score_adj'], { allowFailure: true })).exitCode === 0
    if (isPermitted) expect(stdout).toBe('-500\n')
    else
      expect(stderr).toContain(
        'the kernel refuses an oom_score_adj of -500: netd itself has 0 and lacks CAP_SYS_RESOURCE',
      )
    expect((await attempt(['--oom-score-adj', '2000'], 'true')).stderr).toContain(
      'Invalid value 2000, range for oom score adj is [-1000, 1000]',
    )
  })
})

test('the stop timeout of the container holds where the request has none', async () => {
  await host.docker([
    'run',
    '-d',
    '--name',
    'deaf',
    '--network',
    'none',
    '--stop-timeout',
    '0',
    image,
    'sh',
    '-c',
    "trap '' TERM; while :; do sleep 1; done",
  ])
  const started = performance.now()
  await host.http('POST', '/containers/deaf/stop')
  expect(performance.now() - started).toBeLessThan(5000)
  await host.docker(['rm', 'deaf'])
})

test.each([
  ['DeviceRequests', [{ Count: 1 }]],
  ['StorageOpt', { size: '1G' }],
])('%s is refused by name', async (field, value) => {
  expect(await host.http('POST', '/containers/create', { Image: image, HostConfig: { [field]: value } })).toMatchObject(
    {
      status: 501,
      body: { message: `HostConfig.${field} is not supported by netd yet: leave it out` },
    },
  )
})

/** `trestle volume` and the storage flags of `trestle run`, as the docker CLI on the same daemon sees what they did. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectRoot, startHost, type HermeticHost } from '../support/host.ts'

let host: HermeticHost
const image = 'trestle/toolbox'

beforeAll(async () => {
  host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
})
afterAll(() => host[Symbol.asyncDispose]())

const trestle = async (...args: string[]): Promise<string> => (await host.trestle(args)).stdout
const docker = async (...args: string[]): Promise<string> => (await host.docker(args)).stdout

test('a volume from its creation to its end', async () => {
  expect(await trestle('volume', 'create', '--label', 'role=test', 'data')).toBe('data\n')
  expect(await trestle('volume', 'create')).toMatch(/^[0-9a-f]{64}\n$/)
  expect(await trestle('volume', 'ls')).toBe(await docker('volume', 'ls'))
  expect(await trestle('volume', 'ls', '-q', '--filter', 'label=role=test')).toBe('data\n')
  expect(JSON.parse(await trestle('volume', 'inspect', 'data'))).toEqual(
    JSON.parse(await docker('volume', 'inspect', 'data')),
  )
  expect(await trestle('inspect', '--type', 'volume', '-f', '{{.Mountpoint}}', 'data')).toBe(
    `${host.dataRoot}/volumes/data/_data\n`,
  )
  expect(await trestle('volume', 'prune', '--force')).toMatch(
    /^Deleted Volumes:\n[0-9a-f]{64}\n\nTotal reclaimed space: 0B\n$/,
  )
  expect(await trestle('volume', 'rm', 'data')).toBe('data\n')
  expect(await host.trestle(['volume', 'rm', 'data'], { allowFailure: true })).toMatchObject({
    exitCode: 1,
    stderr: 'trestle: get data: no such volume\n',
  })
  expect(await trestle('volume', 'rm', '--force', 'data')).toBe('data\n')
  expect(await docker('volume', 'ls', '-q')).toBe('')
})

test('run mounts volumes by every flag', async () => {
  await trestle(
    'run',
    '--rm',
    '--network',
    'none',
    '-v',
    'kept:/x',
    '-v',
    '/scratch',
    image,
    'sh',
    '-c',
    'echo hello > /x/file',
  )
  expect(
    await trestle(
      'run',
      '--rm',
      '--network',
      'none',
      '--mount',
      'source=kept,target=/y,readonly',
      image,
      'cat',
      '/y/file',
    ),
  ).toBe('hello\n')
  await trestle('run', '-d', '--name', 'donor', '--network', 'none', '-v', 'kept:/z', image, 'sleep', '600')
  expect(await trestle('run', '--rm', '--network', 'none', '--volumes-from', 'donor:ro', image, 'cat', '/z/file')).toBe(
    'hello\n',
  )
  expect((await host.trestle(['volume', 'rm', 'kept'], { allowFailure: true })).stderr).toMatch(
    /^trestle: remove kept: volume is in use - \[[0-9a-f]{64}\]\n$/,
  )
  await trestle('rm', '-f', 'donor')
  expect(await docker('volume', 'ls', '-q')).toBe('kept\n')
})

test('run gives devices, groups and an init', async () => {
  expect(
    await trestle(
      'run',
      '--rm',
      '--network',
      'none',
      '--device',
      '/dev/zero:/dev/naught:r',
      '--group-add',
      '7',
      '-u',
      '5',
      image,
      'sh',
      '-c',
      'id -G; head -c 2 /dev/naught | wc -c',
    ),
  ).toBe('0 7\n2\n')
  expect(await trestle('run', '--rm', '--network', 'none', '--init', image, 'cat', '/proc/1/comm')).toBe(
    'docker-init\n',
  )
  expect(await host.trestle(['run', '--device', '/dev/a:/dev/b:x', image], { allowFailure: true })).toMatchObject({
    exitCode: 125,
    stderr: expect.stringContaining('invalid device specification: /dev/a:/dev/b:x'),
  })
})

test('help says how', async () => {
  expect(await trestle('volume', '--help')).toContain('trestle volume create data')
  for (const verb of ['create', 'ls', 'inspect', 'rm', 'prune'])
    expect(await trestle('volume', verb, '--help')).toContain('Examples:')
})

/** `kill -9` of the daemon is no event for a container: its traffic, its output and its place in the network go on. */
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { projectRoot, startHost } from '../support/host.ts'
import { eventually } from '../support/eventually.ts'

const megabytes = 64

/** Writes numbered lines to its log all the while, and serves one slow download over the published port. */
const program = `
  dd if=/dev/zero of=/tmp/blob bs=1M count=${megabytes} 2>/dev/null
  (n=0; while :; do n=$((n+1)); echo line $n; usleep 2000; done) &
  exec httpd -f -p 80 -h /tmp
`

test('a stream over a published port and the log outlive the daemon, and the next one takes over', async () => {
  await using host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await host.docker(['network', 'create', 'before'])
  await host.docker([
    'run',
    '-d',
    '--name',
    'server',
    '--network',
    'before',
    '-p',
    '8080:80',
    'trestle/toolbox',
    'sh',
    '-c',
    program,
  ])
  await eventually(() => host.run(['curl', '-sfI', 'http://127.0.0.1:8080/blob']))

  const download = host.spawn([
    'curl',
    '-s',
    '--limit-rate',
    '16M',
    '-o',
    `${host.root}/blob`,
    '-w',
    '%{size_download}',
    'http://127.0.0.1:8080/blob',
  ])
  let downloaded = ''
  download.stdout!.on('data', (chunk: Buffer) => (downloaded += chunk.toString()))
  await eventually(async () =>
    expect(Number((await host.run(['stat', '-c', '%s', `${host.root}/blob`])).stdout)).toBeGreaterThan(0),
  )

  await host.stopNetd('SIGKILL')
  expect(download.exitCode).toBeNull()
  // The container has the same port, process and log while nobody watches.
  await host.run(['curl', '-sfI', 'http://127.0.0.1:8080/blob'])
  await host.startNetd()
  if (download.exitCode === null) await once(download, 'exit')
  expect(Number(downloaded)).toBe(megabytes * 2 ** 20)

  expect((await host.docker(['ps', '--format', '{{.Names}} {{.State}} {{.Ports}}'])).stdout).toMatch(
    /^server running .*0\.0\.0\.0:8080->80\/tcp/,
  )
  expect(
    (await host.docker(['network', 'inspect', '-f', '{{range .Containers}}{{.Name}}{{end}}', 'before'])).stdout.trim(),
  ).toBe('server')
  expect((await host.docker(['exec', 'server', 'echo', 'inside'])).stdout.trim()).toBe('inside')

  await host.docker(['network', 'create', 'after'])
  await host.docker(['network', 'connect', 'after', 'server'])
  expect((await host.docker(['exec', 'server', 'ip', '-br', 'addr', 'show', 'eth1'])).stdout).toContain('UP')
  expect(
    (await host.docker(['run', '--rm', '--network', 'after', 'trestle/toolbox', 'curl', '-sI', 'http://server/blob']))
      .stdout,
  ).toContain('200 OK')

  await host.docker(['stop', '-t', '1', 'server'])
  const { stdout: log } = await host.docker(['logs', 'server'])
  const numbers = log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Number(line.replace('line ', '')))
  expect(numbers.length).toBeGreaterThan(100)
  expect(numbers).toEqual(numbers.map((_, index) => index + 1))
  await host.docker(['rm', 'server'])
}, 120_000)

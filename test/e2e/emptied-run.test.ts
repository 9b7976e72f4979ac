/** Somebody empties /run, or deletes containerd's state: what runs goes on, and everything can be found and asked again. */
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { projectRoot, startHost, type HermeticHost } from '../support/host.ts'

const httpd = ['trestle/toolbox', 'sh', '-c', 'echo here > /tmp/name; exec httpd -f -p 80 -h /tmp']

/** Errors are those of a `rm -rf /run/*`: a pinned namespace is a mount, and stays. */
const empty = (host: HermeticHost, ...paths: string[]): Promise<unknown> =>
  host.run(['find', ...paths, '-mindepth', '1', '-delete'], { allowFailure: true })
const pidsOf = async (host: HermeticHost, name: string): Promise<string> =>
  (await host.run(['pgrep', '-x', name], { allowFailure: true })).stdout
const pidOf = async (host: HermeticHost, container: string): Promise<string> =>
  (await host.docker(['inspect', '-f', '{{.State.Status}} {{.State.Pid}}', container])).stdout
const expectServed = (host: HermeticHost): Promise<unknown> =>
  eventually(async () =>
    expect((await host.run(['curl', '-sf', 'http://127.0.0.1:8080/name', 'http://[::1]:8080/name'])).stdout).toBe(
      'here\nhere\n',
    ),
  )

test('an emptied /run: sockets and pid files are back, containers go on, and the next daemon has everything', async () => {
  await using host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await host.docker(['network', 'create', 'lan'])
  await host.docker(['run', '-d', '--name', 'web', '--network', 'lan', '-p', '8080:80', ...httpd])
  await host.docker(['run', '-di', '--name', 'cat', 'trestle/toolbox', 'cat'])
  await expectServed(host)
  const [web, dataPlane, containerd] = [
    await pidOf(host, 'web'),
    await pidsOf(host, 'netd-dataplane'),
    await pidsOf(host, 'containerd'),
  ]
  const since = Date.now() / 1000

  const isThere = async (): Promise<void> => {
    const paths = [
      host.socket,
      `${host.root}/netd.pid`,
      `${host.execRoot}/dataplane.sock`,
      `${host.execRoot}/dataplane.pid`,
    ]
    for (const path of paths) await host.run(['test', '-e', path])
    expect(await host.http('GET', '/_ping')).toMatchObject({ status: 200 })
  }
  await host.run(['rm', host.socket, `${host.root}/netd.pid`])
  await empty(host, host.execRoot, '/run')
  await eventually(isThere)
  const events = await host.http(
    'GET',
    `/events?since=${since}&until=${Date.now() / 1000}&filters={"event":["repair"]}`,
  )
  expect([events.body].flat().map(({ Actor }) => Actor.Attributes.path)).toContain(host.socket)
  expect((await host.docker(['exec', 'web', 'cat', '/tmp/name'])).stdout).toBe('here\n')
  expect(
    (await host.docker(['run', '--rm', '--network', 'lan', 'trestle/toolbox', 'curl', '-s', 'http://web/name'])).stdout,
  ).toBe('here\n')

  // Again, and nobody is there to make anything.
  await host.stopNetd('SIGKILL')
  await empty(host, host.execRoot, '/run')
  await host.startNetd()
  expect(await pidOf(host, 'web')).toBe(web)
  expect(await pidsOf(host, 'containerd')).toBe(containerd)
  expect((await pidsOf(host, 'netd-dataplane')).split('\n')).toHaveLength(dataPlane.split('\n').length)
  await expectServed(host)
  const typing = host.spawn(['docker', '-H', `unix://${host.socket}`, 'attach', 'cat'])
  typing.stdin!.write('typed\n')
  await eventually(async () => expect((await host.docker(['logs', 'cat'])).stdout).toBe('typed\n'))
  typing.stdin!.destroy()
  typing.kill()

  await empty(host, host.execRoot, '/run')
  await host.stopNetd()
  const paths = [`--data-root=${host.dataRoot}`, `--exec-root=${host.execRoot}`, `--pidfile=${host.root}/netd.pid`]
  await host.run([`${projectRoot}bin/netd`, ...paths, '--reset'])
  expect((await host.run(['ps', '-e', '-o', 'comm='])).stdout).not.toMatch(/containerd|netd|httpd|cat/)
  expect((await host.run(['grep', host.root, '/proc/self/mounts'], { allowFailure: true })).stdout).toBe('')
}, 180_000)

test("containerd's state is deleted: it is replaced, finds its containers, and starts new ones", async () => {
  await using host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await host.docker(['run', '-d', '--name', 'web', '-p', '8080:80', ...httpd])
  const web = await pidOf(host, 'web')
  await host.run(['rm', '-rf', '--one-file-system', `${host.dataRoot}/run/containerd`], { allowFailure: true })
  await eventually(async () =>
    expect((await host.docker(['run', '--rm', 'trestle/toolbox', 'echo', 'again'])).stdout).toBe('again\n'),
  )
  expect(await pidOf(host, 'web')).toBe(web)
  expect((await host.docker(['exec', 'web', 'echo', 'inside'])).stdout).toBe('inside\n')
  await host.docker(['stop', '-t', '0', 'web'])
  expect((await host.docker(['inspect', '-f', '{{.State.ExitCode}}', 'web'])).stdout).toBe('137\n')
  await host.docker(['start', 'web'])
  await expectServed(host)
  await host.docker(['rm', '-f', 'web'])
}, 180_000)

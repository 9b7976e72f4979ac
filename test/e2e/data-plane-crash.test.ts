/** `kill -9` of the data plane: the next one has every port and every name, and whoever starts meanwhile only waits for it. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { projectRoot, startHost } from '../support/host.ts'
import { eventually } from '../support/eventually.ts'

const kills = 4
const httpd = 'echo "$HOSTNAME" > /tmp/name; exec httpd -f -p 80 -h /tmp'

test('ports on [::1], names and starts go on through four kills of the data plane', async () => {
  await using host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await host.docker(['network', 'create', 'lan'])
  const start = (name: string, port: number): Promise<unknown> =>
    host.docker(
      ['run', '-d', '--name', name, '-h', name, '--network', 'lan', '-p', `${port}:80`].concat([
        'trestle/toolbox',
        'sh',
        '-c',
        httpd,
      ]),
    )
  const names = ['web0']
  await start('web0', 8000)
  const pidOf = async (): Promise<string> => readFile(`${host.execRoot}/dataplane.pid`, 'utf8')

  const expectAll = async (): Promise<void> => {
    const urls = names.map((_, at) => `http://[::1]:${8000 + at}/name`)
    // The server inside may not listen yet; the port does.
    await eventually(async () =>
      expect((await host.run(['curl', '-sf', ...urls], { allowFailure: true })).stdout).toBe(`${names.join('\n')}\n`),
    )
    const lookUp = 'for name in "$@"; do nslookup -type=a "$name" || exit; done'
    await host.docker(['exec', 'web0', 'sh', '-c', lookUp, 'sh', ...names])
  }

  for (let kill = 1; kill <= kills; kill++) {
    const former = await pidOf()
    await host.run(['kill', '-KILL', former])
    await start(`web${kill}`, 8000 + kill)
    names.push(`web${kill}`)
    expect(await pidOf()).not.toBe(former)
    await expectAll()
  }

  // Both at once: the next netd finds neither process nor socket, and starts from its records.
  await host.run(['kill', '-KILL', await pidOf()])
  await host.stopNetd('SIGKILL')
  await host.startNetd()
  await expectAll()

  await host.docker(['rm', '-f', ...names])
  expect((await host.run(['ss', '-Hlntu', 'sport', '>=', '8000'])).stdout).toBe('')
  await start('again', 8000)
}, 120_000)

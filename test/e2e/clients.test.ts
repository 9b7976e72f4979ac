/** The libraries that other people's tests are built on, unchanged, on our socket. */
import { expect, test } from 'vitest'
import { projectRoot, startHost, type HermeticHost } from '../support/host.ts'

async function runClient(host: HermeticHost, script: string): Promise<unknown> {
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  const { stdout } = await host.run([process.execPath, `${projectRoot}test/e2e/clients/${script}`], {
    // Its reaper is an image of its own, and a hermetic host has no registry.
    env: { DOCKER_HOST: `unix://${host.socket}`, TESTCONTAINERS_RYUK_DISABLED: 'true', HOME: host.root },
  })
  return JSON.parse(stdout.trim().split('\n').at(-1)!)
}

test('testcontainers starts containers on a network, waits for them, and cleans up', async () => {
  await using host = await startHost()
  expect(await runClient(host, 'testcontainers.ts')).toEqual({ fromHost: 'page', fromClient: 'page', exitCode: 0 })
  expect((await host.docker(['ps', '-aq'])).stdout).toBe('')
  expect((await host.docker(['network', 'ls', '--format', '{{.Name}}'])).stdout.trim().split('\n').toSorted()).toEqual([
    'bridge',
    'host',
    'none',
  ])
})

test('dockerode runs, execs with standard input, and waits for removal', async () => {
  await using host = await startHost()
  expect(await runClient(host, 'dockerode.ts')).toEqual({ exitCode: 3, output: 'out', echoed: 'through exec' })
})

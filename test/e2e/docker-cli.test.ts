/** The stock docker CLI does its work on our socket: docker-cli.sh, once with every docker CLI on this machine. */
import { existsSync, realpathSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { projectRoot, startHost } from '../support/host.ts'
import { run } from '../support/run.ts'

const clis = [
  ...new Set(
    (process.env['PATH'] ?? '')
      .split(':')
      .map((folder) => `${folder}/docker`)
      .filter((file) => existsSync(file))
      .map((file) => realpathSync(file)),
  ),
]

describe('the docker CLI', () => {
  test.each(clis)(
    '%s',
    async (cli) => {
      await using host = await startHost()
      const bin = `${host.root}/bin`
      await run(['sh', '-c', `mkdir ${bin} && ln -s ${cli} ${bin}/docker`])
      const { stdout } = await host.run([`${projectRoot}test/e2e/docker-cli.sh`, `${projectRoot}dist/toolbox.tar`], {
        env: {
          PATH: `${bin}:${process.env['PATH']}`,
          DOCKER_HOST: `unix://${host.socket}`,
          DOCKER_CONFIG: `${host.root}/docker-config`,
        },
        timeoutMs: 110_000,
      })
      expect(stdout).toContain('TRANSCRIPT COMPLETE')
    },
    120_000,
  )

  test('at least one is on this machine', () => {
    expect(clis.length).toBeGreaterThan(0)
  })
})

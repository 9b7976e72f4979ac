/** What the machine's reboot left of reboot.test.ts: policies are kept, addresses and ports are as before. */
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { docker, machine, removeUnits, stateOf } from './machine/service.ts'

test('containers are as their restart policies say, at their addresses, without anybody asking', async () => {
  await eventually(async () => expect(await stateOf('netd.service')).toBe('active'), { timeoutMs: 120_000 })
  const status = async (): Promise<Record<string, string>> => {
    const { stdout } = await docker(['ps', '-a', '--format', '{{.Names}} {{.State}}'])
    return Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ') as [string, string]),
    )
  }
  await eventually(
    async () =>
      expect(await status()).toEqual({
        always: 'running',
        'unless-stopped': 'running',
        stopped: 'exited',
        // As dockerd has it: what the machine's end ended has failed.
        'on-failure': 'running',
        no: 'exited',
      }),
    { timeoutMs: 120_000 },
  )
  const address = '{{.NetworkSettings.Networks.lan.IPAddress}}'
  expect((await docker(['inspect', '-f', address, 'always'])).stdout.trim()).toBe('10.62.0.50')
  const code = ['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}']
  for (const url of ['http://10.62.0.50', 'http://127.0.0.1:8080', 'http://[::1]:8080'])
    expect((await machine(...code, url)).stdout).toBe('404')
  expect((await docker(['exec', 'unless-stopped', 'nslookup', '-type=a', 'always'])).stdout).toContain('10.62.0.50')
  const { stdout: all } = await docker(['ps', '-aq'])
  await docker(['rm', '-f', ...all.trim().split('\n')])
  await docker(['network', 'rm', 'lan'])
  await removeUnits()
})

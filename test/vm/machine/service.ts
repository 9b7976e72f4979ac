/** netd as a service of the machine itself, by the units of this tree; without a hermetic host around it. */
import { expect } from 'vitest'
import { projectRoot } from '../../support/host.ts'
import { run, type RunOptions, type RunResult } from '../../support/run.ts'

const units = ['netd.socket', 'netd.service']

export const machine = (...command: string[]): Promise<RunResult> => run(command)

export const docker = (args: string[], options?: RunOptions): Promise<RunResult> =>
  run(['docker', '-H', 'unix:///run/trestle/netd.sock', ...args], options)

/** As `systemctl is-active` has it. */
export async function stateOf(unit: string): Promise<string> {
  return (await run(['systemctl', 'is-active', unit], { allowFailure: true })).stdout.trim()
}

/** The socket listens, and nothing runs yet. */
export async function installUnits(): Promise<void> {
  for (const unit of units) await machine('cp', `${projectRoot}systemd/${unit}`, '/etc/systemd/system/')
  await machine('systemctl', 'daemon-reload')
  await machine('systemctl', 'start', 'netd.socket')
}

/** Gives the machine back, and shows that nothing is left of netd on it. */
export async function removeUnits(): Promise<void> {
  await machine('systemctl', 'disable', '--now', ...units)
  await machine(`${projectRoot}bin/netd`, '--reset')
  for (const unit of units) await machine('rm', `/etc/systemd/system/${unit}`)
  await machine('systemctl', 'daemon-reload')
  const { stdout: links } = await machine('ip', '-br', 'link')
  expect(links).not.toMatch(/veth|docker0|trestle0/)
  expect((await machine('nft', 'list', 'tables')).stdout).not.toContain('trestle')
  expect((await machine('ps', '-e', '-o', 'comm=')).stdout).not.toMatch(/^(containerd.*|netd|httpd)$/m)
  expect((await machine('find', '/sys/fs/cgroup', '-type', 'd', '-path', '/sys/fs/cgroup/trestle*/*')).stdout).toBe('')
}

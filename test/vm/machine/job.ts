/** A test on a hermetic host with the toolbox image, which is afterwards as it was before: nothing of the job is left. */
import { expect, test } from 'vitest'
import { projectRoot, startHost, type HermeticHost } from '../../support/host.ts'

/** `work` removes what it makes. */
export function job(name: string, work: (host: HermeticHost) => Promise<void>, flags: string[] = []): void {
  test(name, async () => {
    await using host = await startHost({ flags })
    await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
    // What netd keeps from the first container on.
    await host.docker(['run', '--rm', 'trestle/toolbox', 'true'])
    const before = await host.census()
    await work(host)
    expect(await host.census()).toEqual(before)
  })
}

/** Detached, under that name; gives the folder of its cgroup. */
export async function runDetached(host: HermeticHost, name: string, ...args: string[]): Promise<string> {
  await host.docker(['run', '-d', '--name', name, ...args])
  const { body } = await host.http('GET', `/containers/${name}/json`)
  const { stdout } = await host.run(['cat', `/proc/${body.State.Pid}/cgroup`])
  return `/sys/fs/cgroup${stdout.trim().replace('0::', '')}`
}

/** Another commit of this project, set up and built beside this one: what was before, measured in the same run. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { projectRoot } from '../../test/support/host.ts'
import { run } from '../../test/support/run.ts'

export interface Earlier extends AsyncDisposable {
  /** Path of its bin/netd. */
  program: string
}

/** Takes half a minute: its own dependencies, its own build. Throws for a revision that is not there. */
export async function earlier(revision: string): Promise<Earlier> {
  const folder = await mkdtemp(`${tmpdir()}/trestle-earlier-`)
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    await run(['git', 'clone', '--quiet', projectRoot, folder])
    await run(['git', '-C', folder, 'checkout', '--quiet', revision])
    await run(['bash', `${folder}/scripts/setup.sh`, 'demo'], { timeoutMs: 600_000 })
  } catch (error) {
    await remove()
    throw error
  }
  return { program: `${folder}/bin/netd`, [Symbol.asyncDispose]: remove }
}

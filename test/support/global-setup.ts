/** Integration tests run what ships: the bundles are built afresh before the first test. */
import { run } from './run.ts'
import { projectRoot } from './host.ts'

export default async function build(): Promise<void> {
  await run([process.execPath, 'scripts/build.ts'], { cwd: projectRoot })
}

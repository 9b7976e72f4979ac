/**
 * A process that holds a launcher, to be killed: starts the containers it is told of, says so, and waits for its end.
 * Arguments: the folder, and a list of LaunchSpec as JSON.
 */
import type { LaunchSpec } from '../../../netd/containerd/launcher.ts'
import { openLauncher } from '../../../netd/containerd/open-launcher.ts'
import { launcherOptions } from './fixture.ts'

const [root = '', specs = '[]'] = process.argv.slice(2)
const launcher = await openLauncher(launcherOptions(root))
await launcher.tasks.adopt()
for (const spec of JSON.parse(specs) as LaunchSpec[]) await launcher.tasks.start(spec)
process.stdout.write('started\n')
process.stdin.resume()

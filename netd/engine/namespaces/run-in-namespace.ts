import { errors } from '../../../api/errors.ts'
import type { RunInNamespaceRequest, RunResult } from '../../../api/trestle/namespaces.ts'
import type { Engine } from '../engine.ts'
import { KernelError } from '../../kernel/kernel.ts'
import { findNamespace } from './find-namespace.ts'
import { namespacePath } from './pin.ts'

/** As a shell reports what it cannot run (POSIX 2.8.2): not found, not executable. */
const exitCodes: Record<string, number> = { ENOENT: 127, EACCES: 126 }

/** Runs a program of the host's file system inside, as `ip netns exec` would; `signal` ends it. */
export async function runInNamespace(
  engine: Engine,
  name: string,
  request: RunInNamespaceRequest,
  signal: AbortSignal,
): Promise<RunResult> {
  const { command, environment, timeoutMs } = request
  if ((await findNamespace(engine, name)) === undefined) throw errors.namespaceNotFound(name)
  const options = { signal, ...(environment ? { env: environment } : {}), ...(timeoutMs ? { timeoutMs } : {}) }
  try {
    const { exitCode, stdout, stderr, isTimedOut } = await engine.kernel.run(
      namespacePath(engine, name),
      command,
      options,
    )
    return { exitCode, stdout: stdout.toString(), stderr: stderr.toString(), isTimedOut }
  } catch (error) {
    const exitCode = error instanceof KernelError ? exitCodes[error.errno] : undefined
    if (exitCode === undefined) throw error
    return {
      exitCode,
      stdout: '',
      stderr: `${command[0]}: ${exitCode === 127 ? 'not found' : 'permission denied'}\n`,
      isTimedOut: false,
    }
  }
}

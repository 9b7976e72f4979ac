import { errors } from '../../../api/errors.ts'
import type { RunInNamespaceRequest, RunResult } from '../../../api/trestle/namespaces.ts'
import type { Engine } from '../engine.ts'
import { KernelError } from '../../kernel/kernel.ts'
import { findNamespace } from './find-namespace.ts'
import { namespacePath } from './pin.ts'

/** As a shell reports what execve(2) refuses (POSIX 2.8.2): not found, or there and not to be run. */
const refusals: Record<string, [exitCode: number, why: string]> = {
  ENOENT: [127, 'not found'],
  ENOTDIR: [127, 'not found'],
  EACCES: [126, 'permission denied'],
  E2BIG: [126, 'argument list too long'],
  ELIBBAD: [126, 'its interpreter is damaged'],
  ELOOP: [126, 'too many symbolic links'],
  ENAMETOOLONG: [126, 'file name too long'],
  ENOEXEC: [126, 'exec format error'],
  ETXTBSY: [126, 'text file busy'],
}

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
    const refusal = error instanceof KernelError ? refusals[error.errno] : undefined
    if (refusal === undefined) throw error
    const [exitCode, why] = refusal
    return { exitCode, stdout: '', stderr: `${command[0]}: ${why}\n`, isTimedOut: false }
  }
}

import { errors } from '../../../api/errors.ts'
import type { RunInNamespaceRequest, RunResult } from '../../../api/trestle/namespaces.ts'
import type { Engine } from '../engine.ts'
import { findNamespace } from './find-namespace.ts'
import { namespacePath } from './pin.ts'

/** Runs a program of the host's file system inside, as `ip netns exec` would; `signal` ends it. */
export async function runInNamespace(engine: Engine, name: string, request: RunInNamespaceRequest, signal: AbortSignal): Promise<RunResult> {
  if ((await findNamespace(engine, name)) === undefined) throw errors.namespaceNotFound(name)
  const { exitCode, stdout, stderr, isTimedOut } = await engine.kernel.run(namespacePath(engine, name), request.command, {
    signal,
    ...(request.environment ? { env: request.environment } : {}),
    ...(request.timeoutMs ? { timeoutMs: request.timeoutMs } : {}),
  })
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString(), isTimedOut }
}

/** What of a create request is about the process itself. */
import type { CreateContainerRequest } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import { cleanPath } from '../../engine/containers/mount-target.ts'
import { parseSignal } from '../../engine/containers/signals.ts'
import type { ProcessOptions } from '../../store/container-options.ts'

/** Throws 400 in Docker's words. */
export function parseProcess(request: CreateContainerRequest): ProcessOptions {
  const host = request.HostConfig ?? {}
  const { OomScoreAdj: oomScoreAdj, ConsoleSize: size } = host
  const badVariable = request.Env?.find((variable) => variable === '' || variable.startsWith('='))
  if (badVariable !== undefined) throw errors.invalidParameter(`invalid environment variable: ${badVariable}`)
  if (request.StopSignal) parseSignal(request.StopSignal)
  if ((request.StopTimeout ?? 0) < -1) throw errors.invalidParameter(`invalid stop timeout: ${request.StopTimeout}`)
  if (oomScoreAdj && Math.abs(oomScoreAdj) > 1000)
    throw errors.invalidParameter(`Invalid value ${oomScoreAdj}, range for oom score adj is [-1000, 1000]`)
  return {
    ...(request.Entrypoint ? { entrypoint: request.Entrypoint } : {}),
    ...(request.Cmd ? { command: request.Cmd } : {}),
    environment: request.Env ?? [],
    workingDirectory: parseWorkingDirectory(request.WorkingDir ?? ''),
    user: request.User ?? '',
    ...(host.GroupAdd ? { groups: host.GroupAdd } : {}),
    isTty: request.Tty ?? false,
    ...(size && size[0] > 0 ? { consoleSize: { rows: size[0], columns: size[1] } } : {}),
    hasStdin: request.OpenStdin ?? false,
    isStdinOnce: request.StdinOnce ?? false,
    attached: {
      stdin: request.AttachStdin ?? false,
      stdout: request.AttachStdout ?? false,
      stderr: request.AttachStderr ?? false,
    },
    ...(typeof host.Init === 'boolean' ? { isUnderInit: host.Init } : {}),
    ...(request.StopSignal ? { stopSignal: request.StopSignal } : {}),
    ...(typeof request.StopTimeout === 'number' ? { stopTimeoutSeconds: request.StopTimeout } : {}),
    oomScoreAdj: oomScoreAdj ?? 0,
  }
}

function parseWorkingDirectory(path: string): string {
  if (path === '') return path
  if (!path.startsWith('/'))
    throw errors.invalidParameter(`the working directory '${path}' is invalid, it needs to be an absolute path`)
  return cleanPath(path)
}

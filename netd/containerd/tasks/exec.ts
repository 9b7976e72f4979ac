/** `exec`: another process in a running container. */
import { containers } from '../api/containers.ts'
import { tasks } from '../api/tasks.ts'
import { anyJson } from '../api/types.ts'
import { ignoreNotFound, type Connection } from '../connection.ts'
import type { ExecIo, Log, ProcessSpec } from '../launcher.ts'
import { availableCapabilities } from '../spec/capabilities.ts'
import { readContainerFile } from '../spec/container-files.ts'
import { ociProcess, type OciProcess } from '../spec/process.ts'
import type { OciSpec } from '../spec/spec.ts'
import { resolveUser } from '../spec/user.ts'
import { toStartError } from './runtime-errors.ts'
import { ExecStdio, type MakeFifo } from './stdio.ts'

const processType = 'types.containerd.io/opencontainers/runtime-spec/1/Process'

export interface ExecRequest {
  id: string
  execId: string
  /** Of the container. */
  pid: number
  process: ProcessSpec
  hasStdin: boolean
  /** Folder for the FIFOs, removed once both sides have them open. */
  folder: string
  makeFifo: MakeFifo
  log: Log
}

export async function exec(connection: Connection, request: ExecRequest): Promise<{ pid: number; io: ExecIo }> {
  const { id: containerId, execId } = request
  const spec = anyJson(processType, execProcess(await containerProcess(connection, containerId), request))
  const stdio = new ExecStdio(request.folder, {
    hasStdin: request.hasStdin,
    isTty: request.process.isTty,
    makeFifo: request.makeFifo,
    log: request.log,
  })
  try {
    await connection.call(tasks.exec, { containerId, execId, spec, terminal: request.process.isTty, ...stdio.paths })
    const { pid } = await connection.call(tasks.start, { containerId, execId }).catch(async (error: unknown) => {
      await connection.call(tasks.deleteProcess, { containerId, execId }).catch(ignoreNotFound)
      throw error
    })
    const io = stdio.open()
    // The shim holds a writing end, too, so that the end of netd is no end of input; so it has to be told.
    io.stdin?.once(
      'finish',
      () => void connection.call(tasks.closeIo, { containerId, execId, stdin: true }).catch(() => {}),
    )
    return { pid, io }
  } catch (error) {
    stdio.discard()
    throw toStartError(error)
  }
}

/** It has the container's capabilities and limits, unless it is privileged. */
function execProcess(container: OciProcess, request: ExecRequest): OciProcess {
  const user = resolveUser(request.process.user, request.process.groups ?? [], (path) =>
    readContainerFile([`/proc/${request.pid}/root`], path),
  )
  const capabilities = request.process.isPrivileged
    ? availableCapabilities()
    : (container.capabilities['bounding'] ?? [])
  const cwd = request.process.cwd === '' ? container.cwd : request.process.cwd
  return {
    ...ociProcess({ ...request.process, cwd }, user, capabilities),
    ...(container.rlimits && { rlimits: container.rlimits }),
    ...(container.apparmorProfile !== undefined && { apparmorProfile: container.apparmorProfile }),
    noNewPrivileges: container.noNewPrivileges ?? false,
  }
}

async function containerProcess(connection: Connection, id: string): Promise<OciProcess> {
  const { container } = await connection.call(containers.get, { id })
  const spec = JSON.parse(Buffer.from(container?.spec?.value ?? '{}').toString()) as OciSpec
  return spec.process
}

import type { Readable, Writable } from 'node:stream'
import type { CreateExecRequest, StartExecRequest } from '../../../api/docker/exec.ts'
import { errors } from '../../../api/errors.ts'
import { PausedError, type ProcessSpec } from '../../containerd/launcher.ts'
import type { ContainerRecord } from '../../store/records.ts'
import { publishContainerEvent } from '../life/container-event.ts'
import { processEnvironment, variableName } from '../containers/environment.ts'
import { linkEnvironment } from '../containers/link-environment.ts'
import { findContainer } from '../containers/find.ts'
import type { Conversation, OutputChunk } from '../conversation.ts'
import { parseDetachKeys } from '../detach-keys.ts'
import type { Engine } from '../engine.ts'
import { processInput } from '../input.ts'
import type { Exec } from '../life/exec.ts'
import { pausedForExec, permits, whileRunning } from '../life/refusals.ts'
import { execExited } from '../life/exec-exited.ts'
import { findSandbox } from '../sandbox/find.ts'
import { findExec } from './find.ts'

/** The exit code of a command that could not be started, whatever the reason: a container's is 127 if it is missing, but not an exec's. */
const notStarted = 126

/** Without the client: a command that cannot be started is an error of this request. */
export async function startDetachedExec(engine: Engine, id: string, request: StartExecRequest): Promise<void> {
  const exec = claim(engine, id)
  await launchExec(engine, exec, request, false)
  exec.io?.stdout.resume()
  exec.io?.stderr.resume()
}

/** The process starts when its output is read, so that a refusal can be told where clients look for it: in the output. */
export function startExec(engine: Engine, id: string, request: StartExecRequest): Conversation {
  const exec = claim(engine, id)
  const { request: asked } = exec
  const isTty = asked.Tty ?? false
  const started = Promise.withResolvers<Writable | undefined>()
  const left = new AbortController()

  async function* output(): AsyncGenerator<OutputChunk> {
    try {
      await launchExec(engine, exec, request, asked.AttachStdin ?? false)
    } catch (error) {
      started.resolve(undefined)
      yield { stream: 'stdout', data: Buffer.from(`${(error as Error).message}\r\n`) }
      return
    }
    const io = exec.io!
    started.resolve(io.stdin)
    yield* interleave({ stdout: io.stdout, ...(isTty ? {} : { stderr: io.stderr }) }, left.signal)
    // Clients ask for the exit code as soon as the output has ended.
    if (!left.signal.aborted) await exec.exited.promise
  }

  return {
    isTty,
    output: output(),
    input: asked.AttachStdin ? inputOf(started.promise, isTty) : undefined,
    detachKeys: parseDetachKeys(asked.DetachKeys),
    detached: () => {
      const container = engine.store.containers.get(exec.containerId)
      if (container !== undefined) publishContainerEvent(engine, container, 'exec_detach', { execID: id })
    },
    close: () => left.abort(),
  }
}

/** An exec runs once. */
function claim(engine: Engine, id: string): Exec {
  const exec = findExec(engine, id)
  const container = findContainer(engine, exec.containerId)
  if (exec.isRunning) throw errors.conflict(`Error: Exec command ${id} is already running`)
  if (exec.hasStarted) throw errors.conflict(`Error: Exec command ${id} has already run`)
  permits(engine, 'exec', container, container.name)
  exec.hasStarted = true
  exec.isRunning = true
  return exec
}

async function launchExec(
  engine: Engine,
  exec: Exec,
  { ConsoleSize: size }: StartExecRequest,
  hasStdin: boolean,
): Promise<void> {
  const container = findContainer(engine, exec.containerId)
  const { request } = exec
  const { process: inherited } = container.options
  publishContainerEvent(engine, container, `exec_start: ${request.Cmd!.join(' ')}`, { execID: exec.id })
  const consoleSize = size ?? request.ConsoleSize
  const process: ProcessSpec = {
    args: request.Cmd!,
    env: environment(engine, container, request),
    cwd: request.WorkingDir || inherited.workingDirectory || '/',
    user: request.User || inherited.user,
    groups: inherited.groups ?? [],
    isTty: request.Tty ?? false,
    ...(consoleSize && consoleSize[0] > 0 ? { consoleSize: { rows: consoleSize[0], columns: consoleSize[1] } } : {}),
    isPrivileged: request.Privileged ?? container.options.security.isPrivileged,
  }
  try {
    const started = engine.launcher.tasks.exec(container.id, exec.id, process, { hasStdin })
    const { pid, io } = await whileRunning(container.id, started)
    exec.pid = pid
    exec.io = io
  } catch (error) {
    execExited(engine, exec.id, notStarted)
    throw error instanceof PausedError ? pausedForExec(container.name) : error
  }
}

/** The container's environment under the exec's own. */
function environment(engine: Engine, container: ContainerRecord, { Env, Tty }: CreateExecRequest): string[] {
  const own = Env ?? []
  const names = new Set(own.map(variableName))
  const inherited = container.options.process.environment.filter((variable) => !names.has(variableName(variable)))
  return processEnvironment([...inherited, ...own], {
    hostname: findSandbox(engine, container.id).hostname,
    isTty: Tty ?? false,
    links: linkEnvironment(engine, container),
  })
}

/** A terminal has no end of input: who stops typing has left it. */
function inputOf(started: Promise<Writable | undefined>, isTty: boolean): Writable {
  return processInput({
    open: () => started,
    end: async () => {
      if (!isTty) (await started)?.end()
    },
  })
}

/**
 * Chunks of several streams in order of arrival, one at a time, so that a slow reader slows the writers. A reader that
 * leaves does not: what comes after it is dropped, because a process must not block on a full pipe.
 */
async function* interleave(
  streams: Partial<Record<OutputChunk['stream'], Readable>>,
  signal: AbortSignal,
): AsyncGenerator<OutputChunk> {
  type Turn = { stream: OutputChunk['stream']; iterator: AsyncIterator<Buffer>; next: IteratorResult<Buffer> }
  const gone = Promise.withResolvers<undefined>()
  // It may have left while the process was being started.
  if (signal.aborted) gone.resolve(undefined)
  else signal.addEventListener('abort', () => gone.resolve(undefined), { once: true })
  const take = async (stream: OutputChunk['stream'], iterator: AsyncIterator<Buffer>): Promise<Turn> => ({
    stream,
    iterator,
    next: await iterator.next(),
  })
  const turns = new Map<string, Promise<Turn>>()
  for (const [stream, readable] of Object.entries(streams) as [OutputChunk['stream'], Readable][]) {
    turns.set(stream, take(stream, readable.iterator({ destroyOnReturn: false })))
  }
  // Not by resume(), which does nothing for a stream that an iterator waits for.
  const drop = async (turn: Promise<Turn>): Promise<void> => {
    const { iterator, next } = await turn
    for (let { done } = next; !done; { done } = await iterator.next());
  }
  try {
    while (turns.size > 0) {
      const turn = await Promise.race([...turns.values(), gone.promise])
      if (turn === undefined) return
      if (turn.next.done) {
        turns.delete(turn.stream)
        continue
      }
      turns.set(turn.stream, take(turn.stream, turn.iterator))
      yield { stream: turn.stream, data: turn.next.value }
    }
  } finally {
    for (const turn of turns.values()) drop(turn).catch(() => {})
  }
}

/**
 * Runs a program in a network namespace. libuv forks on the calling thread, so a child that is started while this thread is
 * in the namespace is born there.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'
import { constants } from 'node:os'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { toKernelError } from './failure.ts'
import { KernelError, type Namespace } from './kernel.ts'
import type { Session } from './session.ts'

export interface RunOptions {
  env?: Record<string, string>
  timeoutMs?: number
}

export interface RunResult {
  /** 128 and the signal's number when one ended it, as a shell has it. */
  exitCode: number
  stdout: Uint8Array
  stderr: Uint8Array
  isTimedOut: boolean
}

const outputLimitBytes = 16 << 20

type Child = ChildProcessByStdio<null, Readable, Readable>

/** By the caller's number, so that it can be ended. */
const running = new Map<number, Child>()

/** The whole process group: what the program started goes with it. */
function endGroup(child: Child): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    // Gone by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

export function endRun(id: number): void {
  const child = running.get(id)
  if (child !== undefined) endGroup(child)
}

/** All of them, when the daemon ends: nobody would read their output. */
export function endRuns(): void {
  for (const child of running.values()) endGroup(child)
}

export async function run(
  session: Session,
  id: number,
  namespace: Namespace,
  command: string[],
  options: RunOptions,
): Promise<RunResult> {
  const [program = '', ...values] = command
  const operation = `run ${program}`
  // Detached makes it the leader of a process group of its own.
  const child = session.in(namespace).inside(() =>
    spawn(program, values, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    }),
  )
  running.set(id, child)
  let isTimedOut = false
  let isTooMuch = false
  const collect = (stream: Readable): Buffer[] => {
    const parts: Buffer[] = []
    let length = 0
    stream.on('data', (part: Buffer) => {
      length += part.length
      parts.push(part)
      if (length <= outputLimitBytes) return
      isTooMuch = true
      endGroup(child)
    })
    return parts
  }
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          isTimedOut = true
          endGroup(child)
        }, options.timeoutMs)
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', (error) => reject(toKernelError(operation, error)))
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal as NodeJS.Signals]))
    })
    // What it wrote is in the pipes; a whole turn of the event loop reads them empty. Their end is not waited for, because
    // something left in the background may hold it open for ever.
    await nextTurn()
    await nextTurn()
    if (isTooMuch)
      throw new KernelError({
        operation,
        errno: 'ENOBUFS',
        description: `wrote more than ${outputLimitBytes >> 20} MiB`,
      })
    return { exitCode, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), isTimedOut }
  } finally {
    clearTimeout(timer)
    running.delete(id)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

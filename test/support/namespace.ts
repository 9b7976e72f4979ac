/** A fresh network namespace for one test: only `lo`, up. It ends with the process that holds it, however that ends. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { run, type RunOptions, type RunResult } from './run.ts'

export class FreshNamespace implements AsyncDisposable {
  /** What `Namespace` parameters take. */
  readonly path: string
  readonly pid: number
  readonly #holder: ChildProcess

  constructor(holder: ChildProcess) {
    this.#holder = holder
    this.pid = holder.pid!
    this.path = `/proc/${holder.pid}/ns/net`
  }

  /** Runs a program inside; throws unless it exits 0 (or `allowFailure`). */
  run(command: string[], options?: RunOptions): Promise<RunResult> {
    return run(['nsenter', `--net=${this.path}`, '--', ...command], options)
  }

  async json<T = any>(command: string[]): Promise<T> {
    return JSON.parse((await this.run(command)).stdout) as T
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#holder, 'exit')
    this.#holder.stdin!.end()
    await ended
  }
}

export async function freshNamespace(): Promise<FreshNamespace> {
  // cat ends when this process does, since its standard input is our pipe; nothing to sweep after a crash.
  const holder = spawn('unshare', ['--net', '--', 'sh', '-c', 'ip link set lo up && echo ready && exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  return new FreshNamespace(holder)
}

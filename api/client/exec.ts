/** https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Exec */
import type { Duplex } from 'node:stream'
import type { CreateExecRequest, ExecInspect, StartExecRequest } from '../docker/exec.ts'
import { readOutput } from './frames.ts'
import type { Transport } from './transport.ts'

export class Exec {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  create(container: string, request: CreateExecRequest): Promise<{ Id: string }> {
    return this.#transport.json('POST', `/containers/${encodeURIComponent(container)}/exec`, { json: request })
  }

  /** The process's streams on one connection, as `containers.attach` has it. */
  start(id: string, request: Pick<StartExecRequest, 'Tty' | 'ConsoleSize'> = {}): Promise<Duplex> {
    return this.#transport.hijack('POST', `/exec/${id}/start`, { json: { ...request, Detach: false } })
  }

  /** Returns once the process runs. */
  startDetached(id: string): Promise<void> {
    return this.#transport.send('POST', `/exec/${id}/start`, { json: { Detach: true } })
  }

  inspect(id: string): Promise<ExecInspect> {
    return this.#transport.json('GET', `/exec/${id}/json`)
  }

  resize(id: string, size: { rows: number; columns: number }): Promise<void> {
    return this.#transport.send('POST', `/exec/${id}/resize`, { query: { h: size.rows, w: size.columns } })
  }

  /** Runs a command to its end, without input, and resolves with all it wrote. */
  async run(
    container: string,
    command: string[],
    options: Pick<CreateExecRequest, 'Env' | 'User' | 'WorkingDir' | 'Privileged'> & { signal?: AbortSignal } = {},
  ): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    const { signal, ...request } = options
    const { Id } = await this.create(container, { ...request, Cmd: command, AttachStdout: true, AttachStderr: true })
    const connection = await this.start(Id)
    const abort = () => connection.destroy(signal?.reason as Error)
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted) abort()
    try {
      const output: Record<'stdin' | 'stdout' | 'stderr', Buffer[]> = { stdin: [], stdout: [], stderr: [] }
      for await (const { stream, data } of readOutput(connection, false)) output[stream].push(data)
      const { ExitCode } = await this.inspect(Id)
      return {
        exitCode: ExitCode ?? 0,
        stdout: Buffer.concat(output.stdout).toString(),
        stderr: Buffer.concat(output.stderr).toString(),
      }
    } finally {
      signal?.removeEventListener('abort', abort)
      connection.destroy()
    }
  }
}

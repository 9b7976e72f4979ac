/** The reference: Debian's dockerd as it is, on a hermetic host of its own, so that its bridges and rules meet nobody's. */
import { once } from 'node:events'
import type { ChildProcess } from 'node:child_process'
import { inRoot } from './docker26.ts'
import { eventually } from './eventually.ts'
import { httpOverSocket, startHost, type HermeticHost, type HttpResponse } from './host.ts'
import { run, type RunOptions, type RunResult } from './run.ts'

export class StockDockerd implements AsyncDisposable {
  readonly host: HermeticHost
  readonly socket: string
  readonly #daemon: ChildProcess

  constructor(host: HermeticHost, daemon: ChildProcess) {
    this.host = host
    this.socket = `${host.root}/docker.sock`
    this.#daemon = daemon
  }

  http(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<HttpResponse> {
    return httpOverSocket(this.socket, method, path, body, headers)
  }

  docker(args: string[], options: RunOptions & { cli?: string } = {}): Promise<RunResult> {
    return run([options.cli ?? 'docker', '-H', `unix://${this.socket}`, ...args], {
      ...options,
      env: { DOCKER_CONFIG: `${this.host.root}/docker-config`, ...options.env },
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#daemon, 'exit')
    await this.host[Symbol.asyncDispose]()
    await ended
  }
}

/** This machine's, or the one of a root that docker26.ts has made. */
export async function startStockDockerd(root?: string): Promise<StockDockerd> {
  const host = await startHost({ hasNetd: false })
  const command = [
    '/usr/sbin/dockerd',
    `--data-root=${host.root}/docker`,
    `--exec-root=${host.root}/docker-exec`,
    `--pidfile=${host.root}/docker.pid`,
    `--host=unix://${host.root}/docker.sock`,
    '--storage-driver=overlay2',
  ]
  const daemon = host.spawn(root === undefined ? command : inRoot(root, host.root, command))
  let output = ''
  for (const stream of [daemon.stdout!, daemon.stderr!])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const dockerd = new StockDockerd(host, daemon)
  try {
    await eventually(
      async () => {
        if (daemon.exitCode !== null) throw new Error(`dockerd ended with ${daemon.exitCode}`)
        await dockerd.http('GET', '/_ping')
      },
      { timeoutMs: 60_000, intervalMs: 100 },
    )
  } catch (error) {
    await dockerd[Symbol.asyncDispose]()
    throw new Error(`stock dockerd does not answer:\n${output}`, { cause: error })
  }
  return dockerd
}

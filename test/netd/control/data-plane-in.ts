/** A data plane process of its own, with netd's end of it, whose host is a fresh network namespace. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { openDataPlane, type DataPlane } from '../../../netd/control/data-plane.ts'
import { openKernel } from '../../../netd/kernel/client.ts'
import type { Kernel } from '../../../netd/kernel/kernel.ts'
import { freshNamespace, type FreshNamespace } from '../../support/namespace.ts'

const main = fileURLToPath(new URL('../../../netd/dataplane/main.ts', import.meta.url))

export class DataPlaneFixture implements AsyncDisposable {
  readonly host: FreshNamespace
  readonly kernel: Kernel
  readonly execRoot: string
  /** What netd would have logged, but for debugging. */
  readonly messages: string[] = []
  dataPlane: DataPlane

  constructor(host: FreshNamespace, kernel: Kernel, execRoot: string) {
    this.host = host
    this.kernel = kernel
    this.execRoot = execRoot
    this.dataPlane = this.open()
  }

  /** @param flags of Node. */
  open(flags: string[] = [], kernel = this.kernel): DataPlane {
    const note = (message: string): void => void this.messages.push(message)
    return openDataPlane({
      execRoot: this.execRoot,
      kernel,
      log: { debug: () => {}, warn: note, error: note },
      intervalMs: 200,
      command: ['nsenter', `--net=${this.host.path}`, '--', process.execPath, ...flags, main],
    })
  }

  /** Another netd takes over from one that was killed. */
  succeed(flags: string[] = [], kernel = this.kernel): DataPlane {
    this.dataPlane.close()
    this.dataPlane = this.open(flags, kernel)
    return this.dataPlane
  }

  async pid(): Promise<number> {
    return Number(await readFile(`${this.execRoot}/dataplane.pid`, 'utf8'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dataPlane.shutdown()
    await this.kernel.close()
    await this.host[Symbol.asyncDispose]()
    await rm(this.execRoot, { recursive: true })
  }
}

export async function openDataPlaneFixture(): Promise<DataPlaneFixture> {
  const execRoot = await mkdtemp(`${tmpdir()}/trestle-dataplane-`)
  return new DataPlaneFixture(await freshNamespace(), await openKernel(), execRoot)
}

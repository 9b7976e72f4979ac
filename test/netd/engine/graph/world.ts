/** A host and bare namespaces, as the daemon would have them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { LiveGraph, type GraphEngine } from '../../../../netd/engine/graph/live-graph.ts'
import { namespacePath, pinFolder } from '../../../../netd/engine/namespaces/pin.ts'
import type { Kernel } from '../../../../netd/kernel/kernel.ts'
import { Store } from '../../../../netd/store/store.ts'
import { freshNamespace, type FreshNamespace } from '../../../support/namespace.ts'
import { run } from '../../../support/run.ts'

export class World implements AsyncDisposable {
  readonly host: FreshNamespace
  readonly engine: GraphEngine
  readonly live: LiveGraph
  readonly #execRoot: string
  readonly warnings: string[] = []

  constructor(kernel: Kernel, host: FreshNamespace, execRoot: string) {
    this.host = host
    this.#execRoot = execRoot
    const quiet = (): void => undefined
    const warn = (message: string): void => void this.warnings.push(message)
    this.engine = {
      config: { execRoot } as GraphEngine['config'],
      drivers: {},
      host: host.path,
      kernel,
      store: new Store(':memory:'),
      log: { info: quiet, debug: quiet, warn, error: warn },
    }
    this.live = new LiveGraph(this.engine)
  }

  async add(name: string): Promise<void> {
    await run(['mkdir', '-p', pinFolder(this.engine)])
    await this.engine.kernel.apply([{ do: 'netns.create', path: namespacePath(this.engine, name) }])
    this.engine.store.namespaces.put(name, { name, labels: {} })
  }

  async remove(name: string): Promise<void> {
    this.engine.store.namespaces.delete(name)
    await this.engine.kernel.teardown([{ do: 'netns.delete', path: namespacePath(this.engine, name) }])
  }

  async ip(name: string, ...command: string[]): Promise<string> {
    return (await run(['nsenter', `--net=${this.path(name)}`, '--', 'ip', ...command])).stdout
  }

  path(name: string): string {
    return name === 'host' ? this.host.path : namespacePath(this.engine, name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.engine.store.namespaces.keys()) await this.remove(name)
    this.engine.store.close()
    await this.host[Symbol.asyncDispose]()
    await rm(this.#execRoot, { recursive: true })
  }
}

export async function openWorld(kernel: Kernel, names: string[]): Promise<World> {
  const made = new World(kernel, await freshNamespace(), await mkdtemp(`${tmpdir()}/trestle-graph-`))
  for (const name of names) await made.add(name)
  return made
}

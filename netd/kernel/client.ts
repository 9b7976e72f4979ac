/** The kernel from the daemon's main thread: three threads behind one contract. */
import type { NftElement } from '../netlink/nfnetlink/commands.ts'
import { Channel } from './channel.ts'
import { fromPlain } from './failure.ts'
import type { Kernel, KernelError, KernelStep, ListeningSocket, Namespace, StepResult } from './kernel.ts'
import { ownNamespace } from './namespace.ts'
import type { Address, Link, Neighbour, Route } from './model.ts'

type Watcher = { namespace: Namespace; onChange: Parameters<Kernel['watch']>[1] }

class ThreadedKernel implements Kernel {
  /** Creates and reads: what somebody is waiting for. */
  readonly #fast = new Channel('apply')
  /** What blocks its thread for long, see `isSlow`; no create may stand behind it. */
  readonly #slow = new Channel('teardown')
  /** What lives in an event loop: notifications and running programs. */
  readonly #live = new Channel('live', {
    onNotice: ({ watch, changes }) => {
      for (const change of changes) this.#watchers.get(watch)?.onChange(change)
    },
    onRestart: () => void this.#watchAgain(),
  })
  readonly #watchers = new Map<number, Watcher>()
  #teardowns: { steps: KernelStep[]; resolve: (failures: KernelError[]) => void; reject: (error: Error) => void }[] = []
  #isTearingDown = false
  #lastId = 0

  async apply(steps: KernelStep[]): Promise<StepResult[]> {
    await this.#endWatchesOf(steps)
    return this.#fast.call('apply', steps)
  }

  async teardown(steps: KernelStep[]): Promise<KernelError[]> {
    await this.#endWatchesOf(steps)
    if (!steps.some(isSlow)) return (await this.#fast.call('teardown', [steps]))[0]!.map(fromPlain)
    const { promise: acknowledged, resolve, reject } = Promise.withResolvers<KernelError[]>()
    this.#teardowns.push({ steps, resolve, reject })
    if (!this.#isTearingDown) void this.#tearDown()
    return this.#orUntilGone(steps, acknowledged)
  }

  /** Whichever is first: that the delete has come back, or, for links of one namespace, that the kernel says they are gone. */
  async #orUntilGone(steps: KernelStep[], acknowledged: Promise<KernelError[]>): Promise<KernelError[]> {
    const links = steps.flatMap((step) => (step.do === 'link.delete' ? [step] : []))
    const namespaces = new Set(links.map(({ namespace }) => namespace))
    const [namespace] = namespaces
    if (namespace === undefined || links.length < steps.length || namespaces.size > 1) return acknowledged
    const id = ++this.#lastId
    const gone = this.#live
      .call(
        'untilGone',
        id,
        namespace,
        links.map(({ name }) => name),
      )
      .then(
        () => [],
        () => acknowledged,
      )
    try {
      return await Promise.race([acknowledged, gone])
    } finally {
      this.#live.call('stopWaiting', id).catch(() => {})
    }
  }

  /** What piles up while the thread is busy goes to it together, where deletes of one kind share their barrier. */
  async #tearDown(): Promise<void> {
    this.#isTearingDown = true
    while (this.#teardowns.length > 0) {
      const batch = this.#teardowns
      this.#teardowns = []
      try {
        const failures = await this.#slow.call(
          'teardown',
          batch.map(({ steps }) => steps),
        )
        batch.forEach(({ resolve }, index) => resolve((failures[index] ?? []).map(fromPlain)))
      } catch (error) {
        for (const { reject } of batch) reject(error as Error)
      }
    }
    this.#isTearingDown = false
  }

  /** A watch would keep the namespace alive that these steps mean to end. */
  async #endWatchesOf(steps: KernelStep[]): Promise<void> {
    const ending = new Set(steps.flatMap((step) => (step.do === 'netns.delete' ? [step.path] : [])))
    if (ending.size === 0) return
    const ids = [...this.#watchers].filter(([, { namespace }]) => ending.has(namespace)).map(([id]) => id)
    await Promise.all(ids.map((id) => this.#stopWatch(id)))
  }

  link(namespace: Namespace, which: number | string): Promise<Link | undefined> {
    return this.#fast.call('link', namespace, which)
  }

  links(namespace: Namespace): Promise<Link[]> {
    return this.#fast.call('links', namespace)
  }

  addresses(namespace: Namespace): Promise<Address[]> {
    return this.#fast.call('addresses', namespace)
  }

  routes(namespace: Namespace, table?: number): Promise<Route[]> {
    return this.#fast.call('routes', namespace, table)
  }

  neighbours(namespace: Namespace): Promise<Neighbour[]> {
    return this.#fast.call('neighbours', namespace)
  }

  elements(namespace: Namespace, table: string, set: string): Promise<NftElement[]> {
    return this.#fast.call('elements', namespace, table, set)
  }

  hasTable(namespace: Namespace, table: string): Promise<boolean> {
    return this.#fast.call('hasTable', namespace, table)
  }

  sysctl(namespace: Namespace, name: string): Promise<string> {
    return this.#fast.call('sysctl', namespace, name)
  }

  inode(namespace: Namespace): Promise<number> {
    return this.#fast.call('inode', namespace)
  }

  peerNamespaces(namespace: Namespace, candidates: Namespace[]): Promise<Map<number, Namespace>> {
    return this.#fast.call('peerNamespaces', namespace, candidates)
  }

  listen(namespace: Namespace, protocol: 'tcp' | 'udp', address: string, port: number): Promise<ListeningSocket> {
    return this.#fast.call('listen', namespace, protocol, address, port)
  }

  async run(
    namespace: Namespace,
    command: string[],
    { signal, ...options }: Parameters<Kernel['run']>[2],
  ): ReturnType<Kernel['run']> {
    signal?.throwIfAborted()
    const id = ++this.#lastId
    // After the thread's own end there is nothing left to end, and `run` itself says so.
    const end = (): void => void this.#live.call('endRun', id).catch(() => {})
    signal?.addEventListener('abort', end, { once: true })
    try {
      const { stdout, stderr, ...outcome } = await this.#live.call('run', id, namespace, command, options)
      signal?.throwIfAborted()
      return { ...outcome, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) }
    } finally {
      signal?.removeEventListener('abort', end)
    }
  }

  async watch(namespace: Namespace, onChange: Watcher['onChange']): Promise<() => void> {
    const id = ++this.#lastId
    this.#watchers.set(id, { namespace, onChange })
    try {
      await this.#live.call('watch', id, namespace)
    } catch (error) {
      await this.#stopWatch(id)
      throw error
    }
    return () => void this.#stopWatch(id).catch(() => {})
  }

  /** The thread is a new one: what was missed meanwhile nobody knows. */
  async #watchAgain(): Promise<void> {
    for (const [id, { namespace, onChange }] of this.#watchers) {
      await this.#live.call('watch', id, namespace).catch(() => {})
      onChange('resync')
    }
  }

  async #stopWatch(id: number): Promise<void> {
    if (this.#watchers.delete(id)) await this.#live.call('stopWatch', id)
  }

  async close(): Promise<void> {
    this.#watchers.clear()
    // A thread that has ended already has nothing running.
    await this.#live.call('endRuns').catch(() => {})
    await Promise.all([this.#fast.close(), this.#slow.close(), this.#live.close()])
  }
}

/**
 * Deleting a link holds its thread up for an RCU barrier (~20-40 ms), and looking for flows means a walk over the whole
 * connection tracking table (~12 ms). Of nftables' elements only the socket's end waits (see ./teardown.ts).
 */
function isSlow(step: KernelStep): boolean {
  return step.do === 'link.delete' || step.do === 'conntrack.flush' || step.do === 'netns.delete'
}

/** Resolves when the threads answer. Throws KernelError when they cannot. */
export async function openKernel(): Promise<Kernel> {
  const kernel = new ThreadedKernel()
  try {
    await kernel.inode(ownNamespace)
  } catch (error) {
    await kernel.close()
    throw error
  }
  return kernel
}

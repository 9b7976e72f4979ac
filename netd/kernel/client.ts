/** The kernel from the daemon's main thread: two threads and the notification sockets behind one contract. */
import * as libc from '../native/libc.ts'
import type { NftElement, NftFamily } from '../netlink/nfnetlink/commands.ts'
import { Channel } from './channel.ts'
import { packDestinations, unpackDestinations } from './destinations.ts'
import { fromPlain } from './failure.ts'
import type { Kernel, KernelError, KernelStep, Namespace, StepResult } from './kernel.ts'
import { LinkEnds } from './gone.ts'
import { isOwn, ownNamespace } from './namespace.ts'
import {
  mainTable,
  type Address,
  type Link,
  type Listener,
  type Route,
  type RouteAnswer,
  type RouteQuestion,
  type Survey,
} from './model.ts'
import { RouteView } from './route-view.ts'
import { startWatch, stopWatch, type Change, type WatchSockets } from './watch.ts'

class ThreadedKernel implements Kernel {
  /** Creates and reads: what somebody is waiting for. Programs run in its event loop. */
  readonly #fast = new Channel('apply', { discard: (fd) => void this.#slow.call('close', fd).catch(() => {}) })
  /** What blocks its thread for long, see `isSlow`; no create may stand behind it. */
  readonly #slow = new Channel('teardown')
  /** Rulesets of others can be large, and nobody is to wait for the reading of one but who has asked. */
  readonly #survey = new Channel('survey')
  readonly #watches = new Map<WatchSockets, Namespace>()
  /** Of the daemon's own namespace, where most links end; kept from the first on. */
  #ownLinkEnds: Promise<LinkEnds> | undefined
  #ownRoutes: Promise<RouteView> | undefined
  #teardowns: { steps: KernelStep[]; resolve: (failures: KernelError[]) => void; reject: (error: Error) => void }[] = []
  #isTearingDown = false
  #lastId = 0

  wake(): void {
    this.#fast.wake()
    this.#slow.wake()
  }

  async apply(steps: KernelStep[]): Promise<StepResult[]> {
    await this.#endWatchesOf(steps)
    return this.#fast.call('apply', steps)
  }

  async teardown(steps: KernelStep[]): Promise<KernelError[]> {
    await this.#endWatchesOf(steps)
    if (!steps.some(isSlow)) return (await this.#fast.call('teardown', [steps]))[0]!.map(fromPlain)
    const links = steps.flatMap((step) => (step.do === 'link.delete' ? [step] : []))
    const [namespace, ...others] = new Set(links.map((link) => link.namespace))
    if (namespace === undefined || others.length > 0 || links.length < steps.length) return this.#enqueue(steps)
    const names = links.map(({ name }) => name)
    return this.#untilGone(namespace, names, steps)
  }

  #enqueue(steps: KernelStep[]): Promise<KernelError[]> {
    const { promise, resolve, reject } = Promise.withResolvers<KernelError[]>()
    this.#teardowns.push({ steps, resolve, reject })
    if (!this.#isTearingDown) void this.#tearDown()
    return promise
  }

  /** Whichever is first: that the delete has come back, or that the kernel says all the links are gone. */
  async #untilGone(namespace: Namespace, names: string[], steps: KernelStep[]): Promise<KernelError[]> {
    const ends = await this.#linkEnds(namespace)
    if (ends === undefined) return this.#enqueue(steps)
    const { gone, forget } = ends.untilGone(names)
    try {
      return await Promise.race([this.#enqueue(steps), gone.then(() => [])])
    } finally {
      forget()
      // An open socket keeps its namespace alive, which for the daemon's own does no harm.
      if (!isOwn(namespace)) ends.close()
    }
  }

  /** Undefined where there are none to be had: then there is the ack to go by. */
  async #linkEnds(namespace: Namespace): Promise<LinkEnds | undefined> {
    const open = async (): Promise<LinkEnds> => new LinkEnds(await this.#fast.call('openLinkEnds', namespace))
    if (!isOwn(namespace)) return open().catch(() => undefined)
    this.#ownLinkEnds ??= open()
    return this.#ownLinkEnds.catch(() => (this.#ownLinkEnds = undefined))
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
    const sockets = [...this.#watches].flatMap(([sockets, namespace]) => (ending.has(namespace) ? [sockets] : []))
    await Promise.all(sockets.map((sockets) => this.#stopWatch(sockets)))
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

  async routes(namespace: Namespace, table?: number, except?: string[]): Promise<Route[]> {
    if (except === undefined) return this.#fast.call('routes', namespace, table, undefined)
    const known = packDestinations(except)
    const read = (): Promise<Route[]> => this.#fast.call('routes', namespace, table, known)
    // The daemon's own namespace is listened to all the time; another would be kept alive by that.
    if (!isOwn(namespace) || table !== mainTable) return read()
    this.#ownRoutes ??= this.#fast.call('openRouteView', namespace).then((fd) => new RouteView(fd))
    const view = await this.#ownRoutes.catch(() => (this.#ownRoutes = undefined))
    return view === undefined ? read() : view.routes(unpackDestinations(known), read)
  }

  routesTo(namespace: Namespace, table: number, subnets: string[]): Promise<Route[]> {
    return this.#fast.call('routesTo', namespace, table, packDestinations(subnets))
  }

  elements(namespace: Namespace, table: string, set: string, family?: NftFamily): Promise<NftElement[]> {
    return this.#fast.call('elements', namespace, table, set, family)
  }

  hasLinkKind(namespace: Namespace, kind: 'macvlan' | 'ipvlan'): Promise<boolean> {
    return this.#fast.call('hasLinkKind', namespace, kind)
  }

  hasTable(namespace: Namespace, table: string, family?: NftFamily): Promise<boolean> {
    return this.#fast.call('hasTable', namespace, table, family)
  }

  survey(namespace: Namespace): Promise<Survey> {
    return this.#survey.call('survey', namespace)
  }

  lookupRoute(namespace: Namespace, question: RouteQuestion): Promise<RouteAnswer> {
    return this.#fast.call('lookupRoute', namespace, question)
  }

  listeners(namespace: Namespace, protocol: Listener['protocol']): Promise<Listener[]> {
    return this.#fast.call('listeners', namespace, protocol)
  }

  sysctls(namespace: Namespace, names: string[]): Promise<Record<string, string>> {
    return this.#fast.call('sysctls', namespace, names)
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

  async run(
    namespace: Namespace,
    command: string[],
    { signal, ...options }: Parameters<Kernel['run']>[2],
  ): ReturnType<Kernel['run']> {
    signal?.throwIfAborted()
    const id = ++this.#lastId
    // After the thread's own end there is nothing left to end, and `run` itself says so.
    const end = (): void => void this.#fast.call('endRun', id).catch(() => {})
    signal?.addEventListener('abort', end, { once: true })
    try {
      const { stdout, stderr, ...outcome } = await this.#fast.call('run', id, namespace, command, options)
      signal?.throwIfAborted()
      return { ...outcome, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) }
    } finally {
      signal?.removeEventListener('abort', end)
    }
  }

  async watch(namespace: Namespace, onChange: (change: Change) => void): Promise<() => void> {
    const sockets = await this.#fast.call('openWatch', namespace)
    this.#watches.set(sockets, namespace)
    startWatch(sockets, (change) => this.#watches.has(sockets) && onChange(change))
    return () => void this.#stopWatch(sockets).catch(() => {})
  }

  async #stopWatch(sockets: WatchSockets): Promise<void> {
    if (!this.#watches.delete(sockets)) return
    stopWatch(sockets)
    await Promise.all([sockets.route, sockets.netfilter].map((fd) => this.#slow.call('close', fd)))
  }

  async close(): Promise<void> {
    for (const sockets of this.#watches.keys()) {
      stopWatch(sockets)
      libc.close(sockets.route)
      libc.close(sockets.netfilter)
    }
    this.#watches.clear()
    const ends = await this.#ownLinkEnds?.catch(() => undefined)
    ends?.close()
    const view = await this.#ownRoutes?.catch(() => undefined)
    view?.close()
    await Promise.all([this.#fast.close(), this.#slow.close(), this.#survey.close()])
  }
}

/**
 * Deleting a link holds its thread up for an RCU barrier (~20-40 ms), and looking for flows mostly means a dump of the
 * whole connection tracking table (~12 ms). Of nftables' elements only the socket's end waits (see ./teardown.ts).
 */
function isSlow(step: KernelStep): boolean {
  return step.do === 'link.delete' || isDump(step) || step.do === 'netns.delete'
}

/** Of flows by port, and of those of an IPv6 address (./conntrack.ts). */
function isDump(step: KernelStep): boolean {
  if (step.do !== 'conntrack.flush') return false
  return 'port' in step || step.addresses.some((address) => address.includes(':'))
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

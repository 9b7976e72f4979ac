/**
 * The graph, kept true while somebody listens: every namespace of the picture is watched, what happens within a short
 * window is taken together, only what a notification concerns is read again, and only what differs is sent.
 */
import type { Graph, GraphEvent } from '../../../api/trestle/graph.ts'
import { Guard } from '../../guard.ts'
import type { Engine } from '../engine.ts'
import type { Namespace } from '../../kernel/kernel.ts'
import type { NetworkRecord } from '../../store/records.ts'
import { driverOf } from '../networks/resolve-network.ts'
import { buildGraph, type Snapshot } from './build.ts'
import { diffGraphs } from './diff.ts'
import { networkNamespaces, type NetworkNamespace } from './network-namespaces.ts'
import { hasUnknownPeer, namespacesAffected, readNamespace } from './reading.ts'

export type GraphEngine = Pick<Engine, 'config' | 'drivers' | 'host' | 'kernel' | 'log' | 'store'>
export type GraphListener = (event: GraphEvent) => void

/** Long enough that the dozen notifications of one `network connect` are one delta, too short to be seen. */
const windowMs = 25
/** A namespace that could not be read (it is being made, or being taken away) is tried again after this. */
const retryMs = 250

interface Watched {
  netns: NetworkNamespace
  /** The namespace's identity: one made anew at the same path is another. Our watcher keeps it from being given out again. */
  inode?: number
  /** Absent until the namespace could be read. */
  snapshot?: Snapshot
  isStale: boolean
  /** Whether the last failure was told; one line per namespace and failure, not one per retry. */
  isFailureTold: boolean
  stop?: () => void
}

export class LiveGraph {
  readonly #engine: GraphEngine
  /** What the kernel and the store tell at any time is nobody's request. */
  readonly #guard: Guard
  readonly #listeners = new Set<GraphListener>()
  /** Listeners, and those about to be. */
  #users = 0
  #areNamespacesStale = true
  readonly #watched = new Map<string, Watched>()
  #graph: Graph | undefined
  #unsubscribe: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #work: Promise<void> = Promise.resolve()

  readonly #carrierOf = (network: NetworkRecord): string | undefined => driverOf(this.#engine, network).carrier(network)

  constructor(engine: GraphEngine) {
    this.#engine = engine
    this.#guard = new Guard({ what: 'the live graph', log: engine.log })
  }

  /** Read now, from scratch; the same whether or not anybody listens. */
  async read(): Promise<Graph> {
    const { kernel, log, store } = this.#engine
    const all = networkNamespaces(this.#engine)
    const candidates = all.map(({ path }) => path)
    const snapshots = await Promise.all(
      all.map(async (netns): Promise<Snapshot | undefined> => {
        try {
          return { netns, reading: await readNamespace(kernel, netns.path, candidates) }
        } catch (error) {
          if (netns.kind === 'host') throw error
          log.warn(`graph: ${netns.kind} ${netns.name} is left out: ${(error as Error).message}`)
          return undefined
        }
      }),
    )
    return buildGraph(
      snapshots.filter((one) => one !== undefined),
      store.networks.values(),
      store.sandboxes.values(),
      this.#carrierOf,
    )
  }

  /**
   * The listener gets a `snapshot` before this resolves, then a `delta` per change. The first listener starts the
   * watching, the last one's leaving (call the result) ends it.
   */
  async subscribe(listener: GraphListener): Promise<() => void> {
    this.#users += 1
    try {
      await this.#refresh()
    } catch (error) {
      this.#leave()
      throw error
    }
    listener({ type: 'snapshot', graph: this.#graph! })
    this.#listeners.add(listener)
    return () => {
      if (this.#listeners.delete(listener)) this.#leave()
    }
  }

  #leave(): void {
    this.#users -= 1
    // Behind whatever is being read, so that no watcher is born after this.
    this.#work = this.#work.then(() => {
      if (this.#users === 0) this.#stop()
    })
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    for (const { stop } of this.#watched.values()) stop?.()
    this.#watched.clear()
    this.#areNamespacesStale = true
    this.#graph = undefined
  }

  #schedule(afterMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#refresh().catch((error: Error) => {
        this.#engine.log.error(`graph: ${error.message}`)
        this.#schedule(retryMs)
      })
    }, afterMs)
  }

  /** One refresh at a time; each resolves (or throws) for its own caller. */
  #refresh(): Promise<void> {
    const mine = this.#work.then(() => this.#catchUp())
    this.#work = mine.catch(() => undefined)
    return mine
  }

  async #catchUp(): Promise<void> {
    this.#unsubscribe ??= this.#engine.store.subscribe(
      this.#guard.listener(() => {
        this.#areNamespacesStale = true
        this.#schedule(windowMs)
      }),
    )
    if (this.#areNamespacesStale) await this.#followPlaces()
    await this.#readStale()
    const snapshots = [...this.#watched.values()].map((watched) => watched.snapshot).filter((one) => one !== undefined)
    const { networks, sandboxes } = this.#engine.store
    const after = buildGraph(snapshots, networks.values(), sandboxes.values(), this.#carrierOf)
    const delta = this.#graph === undefined ? undefined : diffGraphs(this.#graph, after)
    this.#graph = after
    if (delta === undefined) return
    for (const listener of this.#listeners) listener(delta)
  }

  async #readStale(): Promise<void> {
    const all = [...this.#watched.values()]
    const candidates = all.map(({ netns }) => netns.path)
    const stale = all.filter(({ isStale }) => isStale)
    const before = stale.map(({ snapshot }) => snapshot?.reading)
    await Promise.all(stale.map((watched) => this.#read(watched, candidates)))
    const affected = new Set(
      stale.flatMap(({ snapshot }, nth) => {
        const old = before[nth]
        return old === undefined || snapshot === undefined ? [] : namespacesAffected(old, snapshot.reading)
      }),
    )
    await Promise.all(
      all
        .filter((watched) => affected.has(watched.netns.path) && !stale.includes(watched))
        .map((watched) => this.#read(watched, candidates)),
    )
  }

  /** Namespaces that came are stale until read; the watchers of those that went end. */
  async #followPlaces(): Promise<void> {
    this.#areNamespacesStale = false
    const now = new Map(networkNamespaces(this.#engine).map((netns) => [netns.id, netns]))
    const inodes = new Map(
      await Promise.all([...now.values()].map(async ({ id, path }) => [id, await this.#inode(path)] as const)),
    )
    for (const [id, { inode, stop }] of this.#watched) {
      if (now.has(id) && inodes.get(id) === inode) continue
      stop?.()
      this.#watched.delete(id)
    }
    let isAnyNew = false
    for (const [id, netns] of now) {
      const inode = inodes.get(id)
      const watched = this.#watched.get(id)
      if (watched === undefined) {
        this.#watched.set(id, { netns, ...(inode === undefined ? {} : { inode }), isStale: true, isFailureTold: false })
        isAnyNew = true
      } else {
        watched.netns = netns
        if (watched.snapshot !== undefined) watched.snapshot = { ...watched.snapshot, netns }
      }
    }
    if (!isAnyNew) return
    for (const watched of this.#watched.values()) {
      if (watched.snapshot !== undefined && hasUnknownPeer(watched.snapshot.reading)) watched.isStale = true
    }
  }

  /** Undefined where there is no namespace (any more, or yet). */
  #inode(path: Namespace): Promise<number | undefined> {
    return this.#engine.kernel.inode(path).catch(() => undefined)
  }

  async #read(watched: Watched, candidates: Namespace[]): Promise<void> {
    const { kernel, log } = this.#engine
    const { netns } = watched
    try {
      // Watch first: a change while we read makes the reading stale again, and none falls between.
      watched.stop ??= await kernel.watch(
        netns.path,
        this.#guard.listener((change: string) => {
          if (change === 'neighbour' || change === 'nftables') return
          watched.isStale = true
          this.#schedule(windowMs)
        }),
      )
      watched.isStale = false
      watched.snapshot = { netns, reading: await readNamespace(kernel, netns.path, candidates) }
      watched.isFailureTold = false
    } catch (error) {
      watched.isStale = true
      watched.stop?.()
      delete watched.stop
      delete watched.snapshot
      if (netns.kind === 'host') throw error
      if (!watched.isFailureTold)
        log.warn(`graph: ${netns.kind} ${netns.name} is left out: ${(error as Error).message}`)
      watched.isFailureTold = true
      this.#areNamespacesStale = true
      this.#schedule(retryMs)
    }
  }
}

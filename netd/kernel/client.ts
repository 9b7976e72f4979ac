/** The kernel from the daemon's main thread: three threads behind one contract. */
import type { NftElement } from '../netlink/nfnetlink/commands.ts'
import { fromPlain } from './failure.ts'
import { Channel } from './channel.ts'
import type { Kernel, KernelError, KernelStep, Namespace, StepResult } from './kernel.ts'
import type { Address, Link, Neighbour, Route } from './model.ts'

class ThreadedKernel {
  /** Creates and reads: what somebody is waiting for. */
  readonly #fast = new Channel('apply')
  /** Deleting a veth or a bridge blocks its thread for an RCU barrier (~20-40 ms); no create may stand behind it. */
  readonly #slow = new Channel('teardown')

  apply(steps: KernelStep[]): Promise<StepResult[]> {
    return this.#fast.call('apply', steps)
  }

  async teardown(steps: KernelStep[]): Promise<KernelError[]> {
    return (await this.#slow.call('teardown', steps)).map(fromPlain)
  }

  links(namespace: Namespace): Promise<Link[]> {
    return this.#fast.call('links', namespace)
  }

  addresses(namespace: Namespace): Promise<Address[]> {
    return this.#fast.call('addresses', namespace)
  }

  routes(namespace: Namespace): Promise<Route[]> {
    return this.#fast.call('routes', namespace)
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

  async close(): Promise<void> {
    await Promise.all([this.#fast.close(), this.#slow.close()])
  }
}

export async function openKernel(): Promise<Kernel> {
  return new ThreadedKernel() as unknown as Kernel
}

/** A kernel and a namespace that plays the host's part, with a folder to pin others in. Nothing of it outlives the test. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKernel } from '../../../netd/kernel/client.ts'
import type { Kernel, KernelStep } from '../../../netd/kernel/kernel.ts'
import { run } from '../../support/run.ts'

export class TestHost implements AsyncDisposable {
  readonly kernel: Kernel
  readonly folder: string
  /** The namespace in which nothing happens to the machine. */
  readonly namespace: string

  constructor(kernel: Kernel, folder: string) {
    this.kernel = kernel
    this.folder = folder
    this.namespace = this.path('host')
  }

  /** Where a namespace of this name is pinned. */
  path(name: string): string {
    return join(this.folder, name)
  }

  async in(namespace: string, command: string[]): Promise<string> {
    return (await run(['nsenter', `--net=${namespace}`, '--', ...command])).stdout
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- what ip -j and nft -j print.
  async json(namespace: string, command: string[]): Promise<any> {
    const text = await this.in(namespace, command)
    return text.trim() === '' ? [] : JSON.parse(text)
  }

  /** All that the tools can see: links, addresses, routes, rules, neighbours, ruleset and some sysctls, without what counts or ages. */
  async picture(namespace = this.namespace): Promise<unknown> {
    const commands = [
      ['ip', '-j', '-d', 'link'],
      ['ip', '-j', 'addr'],
      ['ip', '-j', 'route', 'show', 'table', 'all'],
      ['ip', '-j', '-6', 'route', 'show', 'table', 'all'],
      ['ip', '-j', 'rule'],
      ['ip', '-j', 'neigh', 'show', 'nud', 'permanent'],
      ['nft', '-j', 'list', 'ruleset'],
    ]
    const parts = await Promise.all(commands.map((command) => this.json(namespace, command)))
    const forward = await this.in(namespace, ['cat', '/proc/sys/net/ipv4/ip_forward'])
    const stable = JSON.parse(
      JSON.stringify(parts, (key, value) =>
        /_timer$|_id$|valid_life|preferred_life|handle|metainfo|ifindex|designated|dad|tentative|^[gt]so_|qdisc/.test(
          key,
        )
          ? undefined
          : value,
      ),
    ) as unknown[]
    return { stable, forward, pinned: await readdir(this.folder) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pinned = await readdir(this.folder)
    const steps = pinned.map((name): KernelStep => ({ do: 'netns.delete', path: this.path(name) }))
    const failures = await this.kernel.teardown(steps)
    await this.kernel.close()
    await rm(this.folder, { recursive: true })
    if (failures.length > 0) throw new AggregateError(failures)
  }
}

export async function testHost(): Promise<TestHost> {
  const host = new TestHost(await openKernel(), await mkdtemp(join(tmpdir(), 'trestle-kernel-')))
  await host.kernel.apply([{ do: 'netns.create', path: host.namespace }])
  return host
}

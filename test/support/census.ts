/** The leak check: everything of a hermetic host that a container or network could leave behind, counted through independent tools. */
import { readdir, readFile, readlink } from 'node:fs/promises'
import { eventually } from './eventually.ts'
import type { HermeticHost } from './host.ts'

export interface Traces {
  links: string[]
  /** `set: element`, from our nftables table. */
  nftElements: string[]
  /** Mount points that are not the host's own. */
  mounts: string[]
  /** Names of the processes of the host, without the ones that ask. */
  processes: string[]
  cgroups: string[]
}

export interface Census extends Traces {
  /** Of netd, by kind: how many. */
  descriptors: Record<string, number>
}

export async function traces(host: HermeticHost): Promise<Traces> {
  return {
    links: await links(host),
    nftElements: await nftElements(host),
    mounts: await mounts(host),
    processes: await processes(host),
    cgroups: await cgroups(host),
  }
}

/** Takes as long as netd needs to come to rest, some seconds. */
export async function census(host: HermeticHost): Promise<Census> {
  const open = await descriptors(host)
  return { ...(await traces(host)), descriptors: open }
}

async function links(host: HermeticHost): Promise<string[]> {
  const found = (): Promise<Link[]> => host.json<Link[]>(['ip', '-j', 'link'])
  // The kernel ends the link of a namespace that has ended on its own time; until then it is out of its bridge already.
  await eventually(async () => {
    if ((await found()).some(isEnding)) throw new Error('some links still end')
  }).catch(() => {})
  return (await found()).map((link) => link.ifname).toSorted()
}

interface Link {
  ifname: string
  master?: string
}

const isEnding = ({ ifname, master }: Link): boolean => /^veth[0-9a-f]{7}$/.test(ifname) && master === undefined

async function nftElements(host: HermeticHost): Promise<string[]> {
  const ruleset = await host.json<{ nftables: Record<string, { name?: string; elem?: unknown[] }>[] }>([
    'nft',
    '-j',
    'list',
    'ruleset',
  ])
  return ruleset.nftables
    .flatMap((item) => item['set'] ?? item['map'] ?? [])
    .flatMap((set) => (set.elem ?? []).map((element) => `${set.name}: ${JSON.stringify(element)}`))
    .toSorted()
}

async function mounts(host: HermeticHost): Promise<string[]> {
  return (await mountsOf(host.pid))
    .filter(({ id }) => !host.ownMounts.has(id))
    .map(({ point }) => point)
    .toSorted()
}

/** Those that a process sees; an id is one mount's for as long as that is there. */
export async function mountsOf(pid: number): Promise<{ id: string; point: string }[]> {
  return (await readFile(`/proc/${pid}/mountinfo`, 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '))
    .map(([id, , , , point]) => ({ id: id!, point: point! }))
}

async function processes(host: HermeticHost): Promise<string[]> {
  const { stdout } = await host.run(['ps', '-e', '-o', 'comm='])
  return stdout
    .split('\n')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'ps' && name !== 'nsenter')
    .toSorted()
}

/** The daemon's containers have a parent of their own in each hierarchy, named after the data root. */
async function cgroups(host: HermeticHost): Promise<string[]> {
  const find = ['find', '/sys/fs/cgroup', '-mindepth', '2', '-type', 'd', '-path', `*/${host.tag}/*`]
  // It fails over those of others that go while it walks.
  const { stdout } = await host.run(find, { allowFailure: true })
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .toSorted()
}

/**
 * At rest: with the sockets that netd keeps from their first use on, and without its kernel threads, which end when they
 * are idle.
 */
async function descriptors(host: HermeticHost): Promise<Record<string, number>> {
  const { body } = await host.http('POST', '/networks/create', { Name: 'census' })
  await host.http('DELETE', `/networks/${body?.Id}`)
  const pid = await host.netdPid()
  await eventually(
    async () => {
      const threads = await readdir(`/proc/${pid}/task`)
      const names = await Promise.all(
        threads.map((id) => readFile(`/proc/${pid}/task/${id}/comm`, 'utf8').catch(() => '')),
      )
      if (names.some((name) => name.startsWith('kernel-'))) throw new Error('kernel threads are still there')
    },
    { timeoutMs: 30_000, intervalMs: 100 },
  )
  const count: Record<string, number> = {}
  for (const fd of await readdir(`/proc/${pid}/fd`)) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => undefined)
    if (target === undefined) continue
    const kind = target.replace(/:?\[.*$/, '')
    // libuv has one for all watches, from the first of them on.
    if (kind === 'anon_inode:inotify') continue
    count[kind] = (count[kind] ?? 0) + 1
  }
  return count
}

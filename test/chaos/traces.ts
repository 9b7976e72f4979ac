/** Everything of a host that a container, a network, an image or a killed daemon could leave behind; without descriptors, which a new process has anew. */
import { containers } from '../../netd/containerd/api/containers.ts'
import { images } from '../../netd/containerd/api/images.ts'
import { leases } from '../../netd/containerd/api/leases.ts'
import { tasks } from '../../netd/containerd/api/tasks.ts'
import { Connection } from '../../netd/containerd/connection.ts'
import { eventually } from '../support/eventually.ts'
import type { HermeticHost } from '../support/host.ts'
import type { Report } from './report.ts'

type Traces = Record<string, string[]>

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')

const containerdSocket = (host: HermeticHost): string => `${host.dataRoot}/run/containerd/containerd.sock`

/** Asked over its socket, which is in a tmpfs of the host's own, because a program for each question would cost more than all that the search does between two. */
async function heldByContainerd(host: HermeticHost): Promise<Traces> {
  const connection = new Connection(`/proc/${host.pid}/root${containerdSocket(host)}`, host.tag)
  try {
    const [{ tasks: found }, { containers: records }, { leases: held }, { images: named }] = await Promise.all([
      connection.call(tasks.list, {}),
      connection.call(containers.list, {}),
      connection.call(leases.list, {}),
      connection.call(images.list, {}),
    ])
    return {
      tasks: found.map(({ id, status }) => `${id} ${status}`),
      records: records.map(({ id }) => id),
      leases: held.map(({ id }) => id),
      images: named.map(({ name }) => name),
    }
  } finally {
    connection.close()
  }
}

async function snapshots(host: HermeticHost): Promise<string[]> {
  const address = `--address=${containerdSocket(host)}`
  const { stdout } = await host.run(['ctr', address, `--namespace=${host.tag}`, 'snapshots', 'ls'])
  return lines(stdout).map((line) => line.split(/\s+/)[0]!)
}

/** What starts and ends by itself: tools that ask, and processes that a test runs. */
const passing = new Set(['curl', 'ctr', 'find', 'ip', 'nft'])

export async function traces(host: HermeticHost): Promise<Traces> {
  const folders = [host.execRoot, `${host.dataRoot}/run`, `${host.dataRoot}/containers`, `${host.dataRoot}/volumes`]
  const [{ processes, ...rest }, files, held, layers] = await Promise.all([
    host.traces(),
    host.run(['find', ...folders, '-xdev'], { allowFailure: true }),
    heldByContainerd(host),
    snapshots(host),
  ])
  return {
    ...rest,
    processes: processes.filter((name) => !passing.has(name)),
    ...held,
    snapshots: layers,
    files: lines(files.stdout),
  }
}

/** Waits until everything is as before; otherwise tells each thing that is not. */
export async function sameTraces(host: HermeticHost, before: Traces, after: string, report: Report): Promise<void> {
  let found: string[] = []
  await eventually(
    async () => {
      found = differences(before, await traces(host))
      if (found.length > 0) throw new Error(found.join('; '))
    },
    { timeoutMs: 30_000, intervalMs: 250 },
  ).catch((error: Error) => report.isLeft(`${after}: ${found.length > 0 ? found.join('; ') : error.message}`))
}

function differences(before: Traces, now: Traces): string[] {
  return Object.keys(before).flatMap((kind) => {
    const [had, has] = [counted(before[kind]!), counted(now[kind]!)]
    const extra = [...has].filter(([what, count]) => count > (had.get(what) ?? 0)).map(([what]) => `${kind}: +${what}`)
    const lost = [...had].filter(([what, count]) => count > (has.get(what) ?? 0)).map(([what]) => `${kind}: -${what}`)
    return [...extra, ...lost]
  })
}

function counted(things: string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const thing of things) counts.set(thing, (counts.get(thing) ?? 0) + 1)
  return counts
}

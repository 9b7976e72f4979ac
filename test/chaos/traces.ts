/** Everything of a host that a container, a network, an image or a killed daemon could leave behind; without descriptors, which a new process has anew. */
import { eventually } from '../support/eventually.ts'
import type { HermeticHost } from '../support/host.ts'
import type { Report } from './report.ts'

type Traces = Record<string, string[]>

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')

async function containerdHas(host: HermeticHost, ...what: string[]): Promise<string[]> {
  const { stdout } = await host.run([
    'ctr',
    `--address=${host.dataRoot}/run/containerd/containerd.sock`,
    `--namespace=${host.tag}`,
    ...what,
  ])
  return lines(stdout)
    .map((line) => line.split(/\s+/)[0]!)
    .toSorted()
}

/** What starts and ends by itself: tools that ask, and processes that a test runs. */
const passing = new Set(['curl', 'ctr', 'find', 'ip', 'nft'])

export async function traces(host: HermeticHost): Promise<Traces> {
  const folders = [host.execRoot, `${host.dataRoot}/containers`, `${host.dataRoot}/volumes`]
  const [{ processes, ...rest }, files, snapshots, tasks, records, leases, images] = await Promise.all([
    host.traces(),
    host.run(['find', ...folders, '-xdev'], { allowFailure: true }),
    containerdHas(host, 'snapshots', 'ls'),
    containerdHas(host, 'tasks', 'ls'),
    containerdHas(host, 'containers', 'ls', '-q'),
    containerdHas(host, 'leases', 'ls', '-q'),
    containerdHas(host, 'images', 'ls', '-q'),
  ])
  return {
    ...rest,
    processes: processes.filter((name) => !passing.has(name)),
    snapshots,
    tasks,
    records,
    leases,
    images,
    files: lines(files.stdout).toSorted(),
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

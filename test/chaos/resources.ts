/** Memory and descriptors of what lives as long as the host, before a search and after it. */
import { eventually } from '../support/eventually.ts'
import type { HermeticHost } from '../support/host.ts'
import type { Report } from './report.ts'

interface Use {
  memoryMb: number
  descriptors: number
}

export type Resources = Record<'netd' | 'data plane' | 'containerd', Use>

/** By the first words of the command line. */
const programs: Record<keyof Resources, RegExp> = {
  netd: /\/netd(\.js)? /,
  'data plane': /\/dataplane\.js /,
  containerd: /^\S*containerd --config /,
}

/** Kernel threads that nobody asks for end after seconds, with their sockets; a server closes an idle connection then, too. */
const restMs = 20_000
/** What caches and the process's own libraries open, and no more of it with more work. */
const spareDescriptors = 12
/** A heap that has grown is kept, up to a limit that the work does not move. */
const spareMb = 150

export async function resources(host: HermeticHost): Promise<Resources> {
  const { stdout } = await host.run(['ps', '-e', '-ww', '-o', 'pid=,args='])
  const processes = stdout.split('\n').flatMap((line) => {
    const [, pid, command] = /^\s*(\d+) (.*)$/.exec(line) ?? []
    return pid === undefined ? [] : [{ pid, command: command! }]
  })
  const use = async (program: RegExp): Promise<Use> => {
    const { pid } = processes.find(({ command }) => program.test(command) && !command.startsWith('nsenter'))!
    // As seen from outside, where /proc has other numbers.
    const { stdout: status } = await host.run(['cat', `/proc/${pid}/status`])
    const { stdout: descriptors } = await host.run(['ls', `/proc/${pid}/fd`])
    return {
      memoryMb: Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)![1]) / 1024),
      descriptors: descriptors.trim().split('\n').length,
    }
  }
  const [netd, dataPlane, containerd] = await Promise.all([
    use(programs.netd),
    use(programs['data plane']),
    use(programs.containerd),
  ])
  return { netd, 'data plane': dataPlane, containerd }
}

/** Waits until each process holds no more than it did; otherwise tells which holds what. */
export async function sameResources(
  host: HermeticHost,
  before: Resources,
  search: string,
  report: Report,
): Promise<void> {
  let now = before
  await eventually(
    async () => {
      now = await resources(host)
      const more = names.filter((name) => now[name].descriptors > before[name].descriptors + spareDescriptors)
      if (more.length > 0) throw new Error(`more descriptors in ${more.join(', ')}`)
    },
    { timeoutMs: restMs, intervalMs: 1000 },
  ).catch((error: Error) => report.isLeft(`after ${search}: ${error.message}`))
  for (const name of names) {
    if (now[name].memoryMb > before[name].memoryMb + spareMb)
      report.isLeft(`after ${search}: ${now[name].memoryMb} MB in ${name}, ${before[name].memoryMb} before`)
  }
  report.compares(search, names.map((name) => `${name} ${text(before[name])} -> ${text(now[name])}`).join(', '))
}

const names = Object.keys(programs) as (keyof Resources)[]
const text = ({ memoryMb, descriptors }: Use): string => `${memoryMb} MB/${descriptors} fd`

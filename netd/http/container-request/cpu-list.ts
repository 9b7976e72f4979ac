/** Lists of processors, cpuset(7) "List format": `0-2,7`. */
import { readFileSync } from 'node:fs'

/** The highest that dockerd reads; a list of more would be a way to fill the memory. */
const highest = 8192

/** Undefined for what is no list. */
export function parseCpuList(text: string): number[] | undefined {
  const cpus: number[] = []
  for (const part of text.split(',')) {
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? []
    if (first === undefined || Number(last) < Number(first) || Number(last) > highest) return undefined
    for (let cpu = Number(first); cpu <= Number(last); cpu++) cpus.push(cpu)
  }
  return cpus
}

/** Of the separate hierarchy, of the unified one, or without either what is online. */
const files = [
  '/sys/fs/cgroup/cpuset/cpuset.cpus',
  '/sys/fs/cgroup/cpuset.cpus.effective',
  '/sys/devices/system/cpu/online',
]

export function availableCpus(): { text: string; cpus: Set<number> } {
  for (const file of files) {
    const text = read(file)
    const cpus = parseCpuList(text)
    if (cpus !== undefined) return { text, cpus: new Set(cpus) }
  }
  return { text: '0', cpus: new Set([0]) }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}

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

interface Available {
  text: string
  numbers: Set<number>
}

export const availableCpus = (): Available => available('cpus', '/sys/devices/system/cpu/online')
export const availableMemoryNodes = (): Available => available('mems', '/sys/devices/system/node/online')

/** Of the separate hierarchy, of the unified one, or without either what is online. */
function available(what: 'cpus' | 'mems', online: string): Available {
  const group = '/sys/fs/cgroup'
  for (const file of [`${group}/cpuset/cpuset.${what}`, `${group}/cpuset.${what}.effective`, online]) {
    const text = read(file)
    const numbers = parseCpuList(text)
    if (numbers !== undefined) return { text, numbers: new Set(numbers) }
  }
  return { text: '0', numbers: new Set([0]) }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}

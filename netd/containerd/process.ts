/** A process that outlives whoever started it, told apart from a later one with the same number by its start time. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

export interface ProcessIdentity {
  pid: number
  /** Clock ticks after boot: field 22 of /proc/PID/stat, proc(5). */
  startTime: string
}

export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the command in brackets and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const startTime = fields[19]
    return startTime === undefined || fields[0] === 'Z' ? undefined : { pid, startTime }
  } catch {
    return undefined
  }
}

export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  return identify(pid)?.startTime === startTime
}

/** A running containerd that was started with this configuration file. */
export function findByConfig(configPath: string): ProcessIdentity | undefined {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const pid = Number(entry)
    if (runsContainerd(pid, configPath)) return identify(pid)
  }
  return undefined
}

export function runsContainerd(pid: number, configPath: string): boolean {
  try {
    const isContainerd = basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')) === 'containerd'
    // A container of this host may have a netd with the same paths.
    return (
      isContainerd &&
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(configPath) &&
      readlinkSync(`/proc/${pid}/ns/pid`) === readlinkSync('/proc/self/ns/pid')
    )
  } catch {
    return false
  }
}

/** Resolves with whether it has ended. There is no waiting for a process that is not a child, so its entry is looked at. */
export async function waitForEnd(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while (isAlive(identity)) {
    if (Date.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return true
}

/** So that a number that was given to another process meanwhile is not taken for the container's. */
export function isInCgroupOf(pid: number, containerId: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(containerId)
  } catch {
    return false
  }
}

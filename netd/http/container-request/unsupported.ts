/** Options of HostConfig that would change what the container is, and that nothing below carries out. */
import type { HostConfig } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'

interface Unsupported {
  option: string
  /** Absent: any value that says something. */
  isMeant?: (value: unknown) => boolean
  /** Absent: leave it out. */
  advice?: string
}

const table: Unsupported[] = [
  { option: 'Cgroup' },
  { option: 'CpuCount' },
  { option: 'CpuPercent' },
  { option: 'CpuRealtimePeriod' },
  { option: 'CpuRealtimeRuntime' },
  { option: 'DeviceRequests' },
  { option: 'IOMaximumBandwidth' },
  { option: 'IOMaximumIOps' },
  {
    option: 'IpcMode',
    // Its System V half could be joined, but its /dev/shm is a mount of another mount namespace; half of it would be a trap.
    isMeant: (mode) => typeof mode === 'string' && mode.startsWith('container:'),
    advice: "use the host's (--ipc host) for both",
  },
  { option: 'StorageOpt' },
]

/** Throws 501 with the option's name. */
export function refuseUnsupported(host: HostConfig): void {
  for (const { option, isMeant = isSaid, advice = 'leave it out' } of table) {
    if (isMeant(host[option])) throw errors.notSupported(`HostConfig.${option} is not supported by netd yet: ${advice}`)
  }
}

/** Go clients send every field, with its zero value when it says nothing. */
function isSaid(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return value !== null && value !== undefined && value !== '' && value !== 0 && value !== false
}

/** `--privileged`, `--cap-add`, `--cap-drop`, `--security-opt`, and the paths of /proc and /sys that a container does not see as they are. */
import type { HostConfig } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import { mustBeAvailable, parseCapability } from '../../containerd/spec/capabilities.ts'
import { parseProfile } from '../../containerd/spec/seccomp.ts'
import type { SecurityOptions } from '../../store/container-options.ts'

/** Docker's own lists. */
const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
]
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

/** Throws 400 in Docker's words. */
export function parseSecurity(host: HostConfig): SecurityOptions {
  const isPrivileged = host.Privileged ?? false
  const capAdd = (host.CapAdd ?? []).map((name) => parseCapability(name, 'CapAdd'))
  if (!isPrivileged) mustBeAvailable(capAdd)
  return {
    isPrivileged,
    isReadOnlyRootfs: host.ReadonlyRootfs ?? false,
    capAdd,
    capDrop: (host.CapDrop ?? []).map((name) => parseCapability(name, 'CapDrop')),
    ...parseSecurityOptions(host.SecurityOpt ?? [], isPrivileged),
    maskedPaths: host.MaskedPaths ?? (isPrivileged ? [] : maskedPaths),
    readonlyPaths: host.ReadonlyPaths ?? (isPrivileged ? [] : readonlyPaths),
  }
}

type FromOptions = Pick<SecurityOptions, 'isNoNewPrivileges' | 'seccomp' | 'apparmorProfile'>

function parseSecurityOptions(options: string[], isPrivileged: boolean): FromOptions {
  const security: FromOptions = { isNoNewPrivileges: false, seccomp: isPrivileged ? 'unconfined' : 'builtin' }
  for (const option of options) {
    const [, key = option, value] = /^([^=:]+)[=:]([\s\S]*)$/.exec(option) ?? []
    if (key === 'no-new-privileges') security.isNoNewPrivileges = value === undefined || isTrue(option, value)
    else if (value === undefined) throw errors.invalidParameter(`invalid --security-opt 1: ${JSON.stringify(option)}`)
    else if (key === 'seccomp') security.seccomp = parseSeccomp(value)
    else if (key === 'apparmor') security.apparmorProfile = value
    // Without SELinux there is nothing that a label would change.
    else if (key !== 'label') throw errors.invalidParameter(`invalid --security-opt 2: ${JSON.stringify(option)}`)
  }
  return security
}

function parseSeccomp(value: string): SecurityOptions['seccomp'] {
  if (value === 'unconfined' || value === 'builtin') return value
  parseProfile(value)
  return { profile: value }
}

function isTrue(option: string, value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true
  if (/^(0|f|false)$/i.test(value)) return false
  throw errors.invalidParameter(`invalid --security-opt 2: ${JSON.stringify(option)}`)
}

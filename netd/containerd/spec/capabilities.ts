/** Which capabilities a container has. https://docs.docker.com/engine/containers/run/#runtime-privilege-and-linux-capabilities */
import { readFileSync } from 'node:fs'
import { errors } from '../../../api/errors.ts'

/** linux/capability.h, by number. */
const names = [
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_ADMIN',
  'NET_RAW',
  'IPC_LOCK',
  'IPC_OWNER',
  'SYS_MODULE',
  'SYS_RAWIO',
  'SYS_CHROOT',
  'SYS_PTRACE',
  'SYS_PACCT',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_NICE',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'MKNOD',
  'LEASE',
  'AUDIT_WRITE',
  'AUDIT_CONTROL',
  'SETFCAP',
  'MAC_OVERRIDE',
  'MAC_ADMIN',
  'SYSLOG',
  'WAKE_ALARM',
  'BLOCK_SUSPEND',
  'AUDIT_READ',
  'PERFMON',
  'BPF',
  'CHECKPOINT_RESTORE',
].map((name) => `CAP_${name}`)

export const defaultCapabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FSETID',
  'FOWNER',
  'MKNOD',
  'NET_RAW',
  'SETGID',
  'SETUID',
  'SETFCAP',
  'SETPCAP',
  'NET_BIND_SERVICE',
  'SYS_CHROOT',
  'KILL',
  'AUDIT_WRITE',
].map((name) => `CAP_${name}`)

let available: string[] | undefined

/** What this process may hand on: its bounding set, proc_pid_status(5). */
export function availableCapabilities(): string[] {
  if (available === undefined) {
    const mask = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`)
    available = names.filter((_, bit) => (mask & (1n << BigInt(bit))) !== 0n)
  }
  return available
}

/** `net_admin`, `CAP_NET_ADMIN` and the like, and `ALL`, in one spelling. Throws 400 in Docker's words for one that does not exist. */
export function parseCapability(name: string, option: 'CapAdd' | 'CapDrop'): string {
  const upper = name.toUpperCase()
  if (upper === 'ALL') return upper
  const prefixed = upper.startsWith('CAP_') ? upper : `CAP_${upper}`
  if (!names.includes(prefixed))
    throw errors.invalidParameter(`invalid ${option}: unknown capability: ${JSON.stringify(prefixed)}`)
  return prefixed
}

/** Throws 400 in Docker's words for one that the kernel, or the daemon itself, lacks. */
export function mustBeAvailable(capabilities: readonly string[]): void {
  const missing = capabilities.find((name) => name !== 'ALL' && !availableCapabilities().includes(name))
  if (missing !== undefined) {
    throw errors.invalidParameter(
      `invalid CapAdd: capability not supported by your kernel or not available in the current environment: ${JSON.stringify(missing)}`,
    )
  }
}

/** Of a container that adds and drops these, in the spelling of `parseCapability`. Throws as `mustBeAvailable` does. */
export function capabilitiesOf({
  isPrivileged,
  add,
  drop,
}: {
  isPrivileged: boolean
  add: readonly string[]
  drop: readonly string[]
}): string[] {
  const held = availableCapabilities()
  if (isPrivileged) return held
  mustBeAvailable(add)
  const added = add.includes('ALL') ? held : [...(drop.includes('ALL') ? [] : defaultCapabilities), ...add]
  const dropped = new Set(drop.includes('ALL') && !add.includes('ALL') ? [] : drop)
  return held.filter((name) => added.includes(name) && !dropped.has(name))
}

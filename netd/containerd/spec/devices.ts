/** Device nodes. runc makes the standard ones (/dev/null, zero, full, random, urandom, tty) itself and lets them pass. */
import { lstatSync, readdirSync } from 'node:fs'

export interface Device {
  path: string
  type: 'c' | 'b'
  major: number
  minor: number
  fileMode: number
  uid: number
  gid: number
}

/** Folders of /dev that are file systems of their own, or the container's. */
const skipped = new Set(['pts', 'shm', 'fd', 'mqueue', '.lxc', '.lxd-mounts', '.udev'])

export const deniedByDefault = [{ allow: false, access: 'rwm' }]
export const allAllowed = [{ allow: true, access: 'rwm' }]

/** For a privileged container: every node of the host. */
export function hostDevices(folder = '/dev'): Device[] {
  return readdirSync(folder).flatMap((name) => {
    const path = `${folder}/${name}`
    if (skipped.has(name) || path === '/dev/console') return []
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (stat?.isDirectory()) return hostDevices(path)
    if (!stat?.isCharacterDevice() && !stat?.isBlockDevice()) return []
    return [{ path, type: stat.isBlockDevice() ? 'b' : 'c', ...numbers(stat.rdev), fileMode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid }]
  })
}

/** The layout of dev_t that stat(2) gives: gnu_dev_major in sys/sysmacros.h. */
function numbers(rdev: number): { major: number; minor: number } {
  const bits = BigInt(rdev)
  const major = ((bits >> 8n) & 0xfffn) | ((bits >> 32n) & 0xffff_f000n)
  const minor = (bits & 0xffn) | ((bits >> 12n) & 0xffff_ff00n)
  return { major: Number(major), minor: Number(minor) }
}

/** Device nodes. runc makes the standard ones (/dev/null, zero, full, random, urandom, tty) itself and lets them pass. */
import { lstatSync, readdirSync, statSync, type Stats } from 'node:fs'
import { errors } from '../../../api/errors.ts'
import type { DeviceSpec } from '../launcher.ts'

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
    if (stat === undefined || !isNode(stat)) return []
    return [nodeOf(path, stat)]
  })
}

export interface DeviceRule {
  allow: boolean
  type?: string
  major?: number
  minor?: number
  access: string
}

/** `--device`: one node, or every node below a folder, each with its access. Throws 400 in Docker's words. */
export function devicesOf({ path, target, access }: DeviceSpec): { node: Device; rule: DeviceRule }[] {
  const refuse = (why: string): Error =>
    errors.invalidParameter(`error gathering device information while adding custom device "${path}": ${why}`)
  // A link, as udev makes them, stands for its node.
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw refuse('no such file or directory')
  if (isNode(stat)) {
    const node = nodeOf(target, stat)
    return [{ node, rule: { allow: true, type: node.type, major: node.major, minor: node.minor, access } }]
  }
  const below = stat.isDirectory() ? hostDevices(path) : []
  if (below.length === 0) throw refuse('not a device node')
  return below.flatMap((device) =>
    devicesOf({ path: device.path, target: `${target}${device.path.slice(path.length)}`, access }),
  )
}

/** `--device-cgroup-rule`, checked by the caller. */
export function ruleOf(text: string): DeviceRule {
  const [type = 'a', numbers = '', access = ''] = text.split(' ')
  const [major, minor] = numbers.split(':').map((part) => (part === '*' ? {} : { number: Number(part) }))
  return {
    allow: true,
    type,
    ...(major?.number !== undefined && { major: major.number }),
    ...(minor?.number !== undefined && { minor: minor.number }),
    access,
  }
}

const isNode = (stat: Stats): boolean => stat.isCharacterDevice() || stat.isBlockDevice()

function nodeOf(path: string, stat: Stats): Device {
  return {
    path,
    type: stat.isBlockDevice() ? 'b' : 'c',
    ...deviceNumbers(stat.rdev),
    fileMode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
  }
}

/** The layout of dev_t that stat(2) gives: gnu_dev_major in sys/sysmacros.h. */
export function deviceNumbers(rdev: number): { major: number; minor: number } {
  const bits = BigInt(rdev)
  const major = ((bits >> 8n) & 0xfffn) | ((bits >> 32n) & 0xffff_f000n)
  const minor = (bits & 0xffn) | ((bits >> 12n) & 0xffff_ff00n)
  return { major: Number(major), minor: Number(minor) }
}

/**
 * Reads a file of a container's root file system without ever leaving it. Each component is opened relative to the one
 * before (through /proc/self/fd) and never followed, so a symbolic link is read and walked inside the root, and a
 * container that swaps a folder for a link meanwhile gains nothing.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, readlinkSync, type Stats } from 'node:fs'
import { errors } from '../../../api/errors.ts'

const linkLimit = 40
const fileLimitBytes = 10 * 1024 * 1024
const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
/** O_PATH of open(2), the same on every architecture that Node runs on: opening a FIFO would wait, opening a device may do anything. */
const O_PATH = 0o10000000
const lookFlags = O_PATH | constants.O_NOFOLLOW

/**
 * `roots` are the layers, uppermost first, or the one root of a running container. Undefined when none has the file.
 * Throws 400 for what is there and is no file: runc would open it as well, and wait for ever.
 */
export function readContainerFile(roots: readonly string[], path: string): string | undefined {
  return walk(roots, path, 'file')?.content
}

/** Where below the root the folder really is, without symbolic links; undefined when there is none. */
export function resolveContainerFolder(roots: readonly string[], path: string): string | undefined {
  return walk(roots, path, 'folder')?.folder
}

function walk(
  roots: readonly string[],
  path: string,
  wanted: 'file' | 'folder',
): { content?: string; folder?: string } | undefined {
  const pending = path.split('/')
  let resolved: string[] = []
  let links = 0
  while (pending.length > 0) {
    const name = pending.shift() as string
    if (name === '' || name === '.') continue
    if (name === '..') {
      resolved = resolved.slice(0, -1)
      continue
    }
    const step = look(roots, [...resolved, name], wanted === 'file' && pending.length === 0)
    if (step === undefined) return undefined
    if (step.content !== undefined) return { content: step.content }
    if (step.link === undefined) {
      resolved.push(name)
      continue
    }
    links += 1
    if (links > linkLimit) return undefined
    if (step.link.startsWith('/')) resolved = []
    pending.unshift(...step.link.split('/'))
  }
  return { folder: `/${resolved.join('/')}` }
}

interface Step {
  content?: string
  link?: string
}

/** The first layer that has it decides; a whiteout (a 0:0 character device, overlayfs) says that it is gone. */
function look(roots: readonly string[], components: string[], isLast: boolean): Step | undefined {
  for (const root of roots) {
    const step = lookInLayer(root, components, isLast)
    if (step === 'hidden') return undefined
    if (step !== undefined) return step
  }
  return undefined
}

function lookInLayer(root: string, components: string[], isLast: boolean): Step | 'hidden' | undefined {
  const name = components.at(-1) as string
  let folder = openRoot(root)
  try {
    for (const component of components.slice(0, -1)) {
      const next = open(`/proc/self/fd/${folder}/${component}`, folderFlags)
      // A folder may be a plain file or a whiteout in this layer: then it hides what lies below.
      if (typeof next === 'string') return next === 'ENOENT' ? undefined : 'hidden'
      closeSync(folder)
      folder = next
    }
    const path = `/proc/self/fd/${folder}/${name}`
    const found = open(path, isLast ? lookFlags : folderFlags)
    if (typeof found === 'number') return isLast ? readFound(found, path, components) : entered(found)
    if (found === 'ENOENT') return undefined
    // O_DIRECTORY with O_NOFOLLOW says ENOTDIR for a link, where ELOOP is what other flags get.
    return found === 'ELOOP' || found === 'ENOTDIR' ? readLink(path) : 'hidden'
  } finally {
    closeSync(folder)
  }
}

function entered(folder: number): Step {
  closeSync(folder)
  return {}
}

function readFound(found: number, path: string, components: string[]): Step | 'hidden' {
  try {
    const stat = fstatSync(found)
    if (stat.isSymbolicLink()) return readLink(path)
    // The magic link opens the very inode that was looked at.
    if (stat.isFile())
      return stat.size <= fileLimitBytes ? { content: readFileSync(`/proc/self/fd/${found}`, 'utf8') } : 'hidden'
    if (stat.isDirectory() || (stat.isCharacterDevice() && stat.rdev === 0)) return 'hidden'
    throw errors.invalidParameter(`/${components.join('/')} in the container is a ${kindOf(stat)}, not a regular file`)
  } finally {
    closeSync(found)
  }
}

function kindOf(stat: Stats): string {
  return stat.isFIFO() ? 'FIFO' : stat.isSocket() ? 'socket' : 'device'
}

function readLink(path: string): Step | 'hidden' {
  try {
    return { link: readlinkSync(path) }
  } catch {
    return 'hidden'
  }
}

function openRoot(root: string): number {
  const folder = open(root, constants.O_RDONLY | constants.O_DIRECTORY)
  if (typeof folder === 'number') return folder
  throw errors.internal(`the root file system of the container cannot be read: ${root}: ${folder}`)
}

function open(path: string, flags: number): number | string {
  try {
    return openSync(path, flags)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EIO'
  }
}

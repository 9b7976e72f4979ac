/**
 * Where a bare namespace lives: pinned by a bind mount in the daemon's exec root, and visible to iproute2 as a
 * symbolic link under /run/netns, so that `ip netns exec NAME` reaches it. What stands there and is not ours stays.
 */
import { lstat, mkdir, readlink, statfs, symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { errors } from '../../../api/errors.ts'
import { namespacesFolder } from '../../config/layout.ts'
import type { Engine } from '../engine.ts'
import type { Namespace } from '../../kernel/kernel.ts'

/** NETNS_RUN_DIR of iproute2 (include/namespace.h). */
export const iproute2Folder = '/run/netns'

/** NSFS_MAGIC, linux/magic.h. */
const nsfsMagic = 0x6e736673

export function pinFolder(engine: Pick<Engine, 'config'>): string {
  return namespacesFolder(engine.config)
}

/** The path that stands for a bare namespace wherever the kernel is asked. */
export function namespacePath(engine: Pick<Engine, 'config'>, name: string): Namespace {
  return join(pinFolder(engine), name)
}

/** False for what `ip netns delete` or a reboot has left: a plain file, or nothing. */
export async function isPinned(path: string): Promise<boolean> {
  try {
    return (await statfs(path)).type === nsfsMagic
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

/** Takes the name under /run/netns: 409 when it stands for something else. Taken again after `ip netns delete`. */
export async function claimName(path: string, name: string): Promise<void> {
  const link = join(iproute2Folder, name)
  await mkdir(iproute2Folder, { recursive: true })
  if (await isOurs(link, path)) return
  try {
    await symlink(path, link)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw errors.conflict(
      `a network namespace named ${name} that is not ours exists (${link}); remove it with "ip netns delete ${name}", or choose another name`,
    )
  }
}

export async function releaseName(path: string, name: string): Promise<void> {
  const link = join(iproute2Folder, name)
  if (await isOurs(link, path)) await unlink(link)
}

async function isOurs(link: string, path: string): Promise<boolean> {
  try {
    return (await lstat(link)).isSymbolicLink() && (await readlink(link)) === path
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

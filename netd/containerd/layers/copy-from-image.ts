/**
 * Copies a folder of an image to the host. The layers are laid over each other in a mount namespace that lives as long as
 * the copying process, so that nothing stays mounted, however that ends.
 */
import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { errors } from '../../../api/errors.ts'
import { resolveContainerFolder } from '../spec/container-files.ts'

/** $1: lowerdir, relative to the working directory, for a mount's options must fit into a page; $2: where to mount; $3: source below it; $4: target. */
const script = `
mount -t overlay -o "ro,lowerdir=$1" overlay "$2"
test ! -d "$2$3" || cp -a -- "$2$3/." "$4/"`

/** `roots` are the layers, uppermost first. Does nothing when the image has no such folder. */
export async function copyFromImage(
  roots: readonly string[],
  from: string,
  into: string,
  mountPoint: string,
): Promise<void> {
  // Links are followed here, below the root: an image must not name a folder of the host.
  const folder = resolveContainerFolder(roots, from)
  if (folder === undefined || roots.length < 2) return
  const common = commonFolder(roots)
  const lower = roots.map((root) => root.slice(common.length + 1)).join(':')
  const command = [
    '--mount',
    '--propagation',
    'private',
    '--',
    'sh',
    '-ec',
    script,
    'sh',
    lower,
    mountPoint,
    folder,
    into,
  ]
  await promisify(execFile)('unshare', command, { cwd: common }).catch((error: Error & { stderr?: string }) => {
    throw errors.internal(
      `cannot copy the image's files in ${from} into ${into}: ${(error.stderr || error.message).trim()}`,
    )
  })
}

function commonFolder(paths: readonly string[]): string {
  let common = dirname(paths[0]!)
  while (!paths.every((path) => path.startsWith(`${common}/`))) common = dirname(common)
  return common
}

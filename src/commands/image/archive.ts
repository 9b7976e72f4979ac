import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { Context } from '../../context.ts'
import { UsageError } from '../../errors.ts'

/** A file, opened now so that a bad name is told before anything is sent, or our input for `-`; never a terminal. */
export async function openArchive(path: string, context: Context): Promise<Readable> {
  if (path !== '-') {
    const file = await open(path).catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`open ${path}: ${error.code === 'ENOENT' ? 'no such file or directory' : error.message}`)
    })
    return file.createReadStream()
  }
  if (context.stdin.isTTY) throw new UsageError('requested load from stdin, but stdin is empty')
  return context.stdin
}

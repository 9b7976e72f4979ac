import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'

/**
 * Makes a text of a small file another one, in place and from the first byte that differs. Not by truncation, which waits
 * for the disk where the file system discards (ext4: 1-20 ms inside open(2)), and shows readers an empty file. One that
 * gets shorter ends in empty lines until it is cut: no reader ever meets a piece of an old line.
 */
export function rewrite(path: string, present: string, text: string): void {
  const [before, after] = [Buffer.from(present), Buffer.from(text)]
  let from = 0
  while (from < after.length && before[from] === after[from]) from++
  const padding = Buffer.alloc(Math.max(0, before.length - after.length), '\n')
  const fd = openSync(path, 'r+')
  try {
    const changed = Buffer.concat([after.subarray(from), padding])
    if (changed.length > 0) writeSync(fd, changed, 0, changed.length, from)
    if (padding.length > 0) ftruncateSync(fd, after.length)
  } finally {
    closeSync(fd)
  }
}

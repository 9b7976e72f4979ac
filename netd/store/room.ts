/**
 * Room on the disk. The database keeps some for itself, so that what is there can change and go, durably, also when
 * somebody else has filled the disk: free pages in its file, and a write-ahead log that is as long already and is written
 * from its beginning again after each checkpoint (https://www.sqlite.org/wal.html).
 */
import { statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { errors, type ApiError } from '../../api/errors.ts'
import { isUnwritable } from './damage.ts'

/** A record is 5 kB, and the pages of one change are fewer than ten. */
const keptBytes = 512 << 10
/** With less than this the disk is full for whatever is new: what belongs to it would find no room either. */
const leastBytes = 256 << 10

/** On a disk that is full already there is none to be had. */
export function keepRoom(database: DatabaseSync): void {
  try {
    database.exec('CREATE TABLE IF NOT EXISTS room (bytes BLOB)')
    database.exec(`INSERT INTO room VALUES (zeroblob(${keptBytes}))`)
    database.exec('DROP TABLE room')
    checkpoint(database)
  } catch (error) {
    if (!isUnwritable(error)) throw error
  }
}

/** What is in the log goes into the file, and the log begins anew. */
export function checkpoint(database: DatabaseSync): void {
  database.exec('PRAGMA wal_checkpoint(PASSIVE)')
}

export function hasRoom(path: string): boolean {
  if (path === ':memory:') return true
  const { bfree, bsize } = statfsSync(dirname(path))
  return bfree * bsize >= leastBytes
}

export function noRoom(path: string): ApiError {
  return errors.noSpace(path, mountPointOf(path))
}

/** The highest folder above it that is on the same device. */
function mountPointOf(path: string): string {
  const folder = dirname(path)
  return folder !== path && statSync(folder).dev === statSync(path).dev ? mountPointOf(folder) : path
}

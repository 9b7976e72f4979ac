/**
 * The database file: WAL without an fsync per write, because a crash of the daemon loses nothing so, and a crash of the
 * machine takes the containers with it anyway. Nobody else opens it, so its index of the WAL needs no file.
 */
import { closeSync, existsSync, openSync, renameSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { DamagedDatabase, isDamage } from './damage.ts'
import { migrate } from './migrate.ts'
import { keepRoom } from './room.ts'

/** Throws one sentence with the path. A damaged file is set aside, which `onDamage` is told, and a new one begun. */
export function openDatabase(path: string, now: () => Date, onDamage: (sentence: string) => void): DatabaseSync {
  try {
    return open(path)
  } catch (error) {
    const { message } = error as Error
    if (!isDamage(error)) throw new Error(`${path}: ${message}`, { cause: error })
    const aside = setAside(path, now())
    onDamage(`the database ${path} is damaged (${message}): it is kept as ${aside}, and netd begins with an empty one`)
    return open(path)
  }
}

function open(path: string): DatabaseSync {
  // Environments of containers have passwords in them. SQLite gives the files beside it the same mode.
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    const { quick_check: verdict } = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string }
    if (verdict !== 'ok') throw new DamagedDatabase(verdict.split('\n').at(-1))
    migrate(database)
    keepRoom(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** With what SQLite keeps beside it: a log that belongs to another file would damage that one, too. */
function setAside(path: string, now: Date): string {
  const aside = `${path}.damaged-${now.toISOString().replaceAll(':', '-')}`
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
  }
  return aside
}

/** Brings a database to the records of this netd, one numbered step after the other. */
import type { DatabaseSync } from 'node:sqlite'
import { DamagedDatabase } from './damage.ts'
import { migrations } from './migrations/index.ts'
import { recogniseSchema } from './recognise.ts'
import { createTables, hasTables } from './tables.ts'

export const schemaVersion = migrations.length + 1

/**
 * Each step in a transaction of its own: a crash, or a full disk, leaves the schema of the step before, from which the
 * next start goes on. Throws when a newer netd wrote the file, and DamagedDatabase for a number that no netd writes.
 */
export function migrate(database: DatabaseSync): void {
  const { user_version: number } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  const found = number === 0 && hasTables(database) ? recogniseSchema(database) : number
  if (found === undefined) throw new DamagedDatabase('its tables are somebody else’s')
  if (found > schemaVersion) {
    throw new Error(
      `the state was written by a newer netd (schema ${found}, this one knows ${schemaVersion}); run that version, or give another --data-root`,
    )
  }
  if (found < 0) throw new DamagedDatabase(`its schema number is ${found}`)
  if (found === 0) return step(database, schemaVersion, createTables)
  if (found !== number) step(database, found, createTables)
  createTables(database)
  for (let version = found; version < schemaVersion; version += 1) step(database, version + 1, migrations[version - 1]!)
}

function step(database: DatabaseSync, leadsTo: number, change: (database: DatabaseSync) => void): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    change(database)
    database.exec(`PRAGMA user_version = ${leadsTo}; COMMIT`)
  } catch (error) {
    // A full disk has rolled it back by itself (https://www.sqlite.org/lang_transaction.html, section 3).
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** Records that cannot be worked with, out of everybody's way; a row put back into its table counts at the next start. */
import type { DatabaseSync } from 'node:sqlite'
import type { Table } from './tables.ts'

export interface OddRecord {
  table: Table
  key: string
  /** As it is stored. */
  value: string
  reason: string
}

export function setAside(database: DatabaseSync, { table, key, value, reason }: OddRecord): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    database.prepare('INSERT INTO set_aside VALUES (?, ?, ?, ?)').run(table, key, value, reason)
    database.prepare(`DELETE FROM ${table} WHERE key = ?`).run(key)
    database.exec('COMMIT')
  } catch {
    // Without room for it, it stays where it is, and the next start tries again.
    if (database.isTransaction) database.exec('ROLLBACK')
  }
}

/** One table per kind of record, the record as JSON beside its key; and one for records that could not be read. */
import type { DatabaseSync } from 'node:sqlite'

export type Table = 'networks' | 'sandboxes' | 'containers' | 'drafts' | 'namespaces' | 'links' | 'volumes'

export const tables: readonly Table[] = [
  'networks',
  'sandboxes',
  'containers',
  'drafts',
  'namespaces',
  'links',
  'volumes',
]

export function createTables(database: DatabaseSync): void {
  for (const table of tables)
    database.exec(`CREATE TABLE IF NOT EXISTS ${table} (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT`)
  database.exec(
    'CREATE TABLE IF NOT EXISTS set_aside (kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, reason TEXT NOT NULL) STRICT',
  )
}

export function hasTables(database: DatabaseSync): boolean {
  return namesOf(database).length > 0
}

/** Whoever else's has other tables. */
export function isOurs(database: DatabaseSync): boolean {
  const names = namesOf(database)
  return names.includes('networks') && names.includes('containers')
}

function namesOf(database: DatabaseSync): unknown[] {
  const found = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  return found.map(({ name }) => name)
}

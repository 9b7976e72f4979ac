/** A copy of a database that was made by `.dump` or `.recover` has no schema number (user_version) any more. */
import type { DatabaseSync } from 'node:sqlite'
import { migrations } from './migrations/index.ts'
import { shapes } from './shapes.ts'
import { createTables, isOurs, tables } from './tables.ts'

/**
 * The newest schema from which every record comes out whole, or the newest of all, whose odd records are set aside;
 * undefined for what is no database of ours.
 */
export function recogniseSchema(database: DatabaseSync): number | undefined {
  if (!isOurs(database)) return undefined
  const newest = migrations.length + 1
  for (let version = newest; version > 0; version -= 1) if (isWhole(database, version)) return version
  return newest
}

/** Tried, and taken back. */
function isWhole(database: DatabaseSync, version: number): boolean {
  database.exec('BEGIN IMMEDIATE')
  try {
    createTables(database)
    for (const migrate of migrations.slice(version - 1)) migrate(database)
    return tables.every((table) =>
      database
        .prepare(`SELECT value FROM ${table}`)
        .all()
        .every(({ value }) => shapes[table].safeParse(JSON.parse(String(value))).success),
    )
  } catch {
    return false
  } finally {
    database.exec('ROLLBACK')
  }
}

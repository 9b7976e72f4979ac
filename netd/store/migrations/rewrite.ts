import type { DatabaseSync } from 'node:sqlite'
import type { Table } from '../tables.ts'

/** Every record of a table in its next shape. What cannot be brought there stays as it is, for ../collection.ts to set aside. */
export function rewrite(database: DatabaseSync, table: Table, next: (record: never) => object): void {
  split(database, table, (record) => ({ [table]: next(record) }))
}

/** The same, of records that become several, each in the table that it is named for, under the key of the one. */
export function split(
  database: DatabaseSync,
  table: Table,
  next: (record: never) => Partial<Record<Table, object>>,
): void {
  const rows = database.prepare(`SELECT key, value FROM ${table}`).all() as { key: string; value: string }[]
  for (const { key, value } of rows) {
    let texts: [table: string, text: string][]
    try {
      texts = Object.entries(next(JSON.parse(value) as never)).map(([into, record]) => [into, JSON.stringify(record)])
    } catch {
      continue
    }
    // What fails here is the database, not the record: the step is given up as a whole.
    for (const [into, text] of texts) {
      const put = `INSERT INTO ${into} VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`
      database.prepare(put).run(key, text)
    }
  }
}

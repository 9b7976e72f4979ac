import type { DatabaseSync } from 'node:sqlite'

/** Every record of a table in its next shape. What cannot be brought there stays as it is, for ../collection.ts to set aside. */
export function rewrite(database: DatabaseSync, table: string, next: (record: never) => object): void {
  const put = database.prepare(`UPDATE ${table} SET value = ? WHERE key = ?`)
  const rows = database.prepare(`SELECT key, value FROM ${table}`).all() as { key: string; value: string }[]
  for (const { key, value } of rows) {
    let text: string
    try {
      text = JSON.stringify(next(JSON.parse(value) as never))
    } catch {
      continue
    }
    put.run(text, key)
  }
}

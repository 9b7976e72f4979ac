import type { DatabaseSync } from 'node:sqlite'

/** Containers that a crash left half made were among the others, marked so; now they have a table of their own. */
export function moveDrafts(database: DatabaseSync): void {
  const isDraft = "json_valid(value) AND json_extract(value, '$.state.isHalfMade')"
  database.exec(
    `INSERT INTO drafts SELECT key, value FROM containers WHERE ${isDraft}; DELETE FROM containers WHERE ${isDraft}`,
  )
}

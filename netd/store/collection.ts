/** The records of one table: read once and written through, so that reading costs a Map and writing one statement. */
import type { DatabaseSync } from 'node:sqlite'
import type { z } from 'zod'
import { Groups } from './groups.ts'
import { setAside } from './set-aside.ts'
import type { Table } from './tables.ts'
import type { Writer } from './writer.ts'

export class Collection<Value extends object> {
  readonly #rows: Map<string, Value>
  readonly #table: Table
  readonly #writer: Writer
  readonly #onChange: () => void
  readonly #groups: Groups<Value>

  /** @param groupsOf what `inGroup` finds a record by. */
  constructor(
    table: Table,
    rows: Map<string, Value>,
    writer: Writer,
    onChange: () => void,
    groupsOf: (value: Value) => string[] = () => [],
  ) {
    this.#table = table
    this.#rows = rows
    this.#writer = writer
    this.#onChange = onChange
    this.#groups = new Groups(groupsOf)
    for (const [key, value] of rows) this.#groups.put(key, value)
  }

  get(key: string): Value | undefined {
    return this.#rows.get(key)
  }

  /**
   * Also persists a change made in place to a record that is already there. Throws for a new record that cannot be
   * written; a change of one that is there counts at once and is written when the disk takes it, unless it may not wait: then
   * it throws as well, and the caller takes it back.
   */
  put(key: string, value: Value, { mayWait = true }: { mayWait?: boolean } = {}): void {
    const isNew = !this.#rows.has(key)
    this.#writer.write(this.#table, key, JSON.stringify(value), { isNew, mayWait: mayWait && !isNew })
    this.#rows.set(key, value)
    this.#groups.put(key, value)
    this.#onChange()
  }

  /** Never fails for want of space: removing is how space comes back. */
  delete(key: string): void {
    this.#writer.write(this.#table, key, undefined, { isNew: false, mayWait: true })
    this.#rows.delete(key)
    this.#groups.delete(key)
    this.#onChange()
  }

  /** A record that nobody can work with: nobody sees it any more, and the table set_aside has it. */
  setAside(key: string, reason: string): void {
    const value = this.#rows.get(key)
    if (value === undefined) return
    this.#writer.setAside({ table: this.#table, key, value: JSON.stringify(value), reason })
    this.#rows.delete(key)
    this.#groups.delete(key)
    this.#onChange()
  }

  inGroup(group: string): Value[] {
    return this.#groups.keysOf(group).map((key) => this.#rows.get(key)!)
  }

  values(): Value[] {
    return [...this.#rows.values()]
  }

  keys(): string[] {
    return [...this.#rows.keys()]
  }

  find(predicate: (value: Value) => boolean): Value | undefined {
    return this.#rows.values().find(predicate)
  }
}

/** One that cannot be read goes to the table set_aside, which `onSetAside` is told; the others are none the worse for it. */
export function readRows<Value extends object>(
  database: DatabaseSync,
  table: Table,
  schema: z.ZodType,
  onSetAside: (sentence: string) => void,
): Map<string, Value> {
  const rows = new Map<string, Value>()
  const found = database.prepare(`SELECT key, value FROM ${table} ORDER BY rowid`).all() as {
    key: string
    value: string
  }[]
  for (const { key, value } of found) {
    try {
      const record = JSON.parse(value) as Value
      mustFit(schema, record)
      rows.set(key, record)
    } catch (error) {
      const reason = (error as Error).message
      setAside(database, { table, key, value, reason })
      onSetAside(`the record ${key} of ${table} cannot be read (${reason}): it is set aside, in the table set_aside`)
    }
  }
  return rows
}

function mustFit(schema: z.ZodType, record: unknown): void {
  const issue = schema.safeParse(record).error?.issues[0]
  if (issue !== undefined) throw new Error([issue.path.join('.'), issue.message].filter(Boolean).join(': '))
}

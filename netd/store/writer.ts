/**
 * Writes to the database, also when the disk is full: what may wait is kept in memory, in order, and written as soon as
 * there is room. Without it a container on a full disk could be neither stopped nor removed, which is how space comes back.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { isUnwritable } from './damage.ts'
import { checkpoint, hasRoom, keepRoom, noRoom } from './room.ts'
import { setAside, type OddRecord } from './set-aside.ts'
import type { Table } from './tables.ts'

const retryMs = 1000

interface Pending {
  table: Table
  key: string
  /** Undefined: the record goes. */
  value: string | undefined
}

export class Writer {
  readonly #database: DatabaseSync
  readonly #path: string
  readonly #onTrouble: (sentence: string) => void
  readonly #statements = new Map<string, StatementSync>()
  /** By table and key: of two changes of one record only the last counts. */
  readonly #pending = new Map<string, Pending>()
  #timer: NodeJS.Timeout | undefined

  /** @param path of the file. */
  constructor(database: DatabaseSync, path: string, onTrouble: (sentence: string) => void) {
    this.#database = database
    this.#path = path
    this.#onTrouble = onTrouble
  }

  /**
   * What is new, and what may not wait, is refused with `noSpace` on a full disk; a change and a removal have the room that
   * the database keeps (./room.ts), and wait in memory when even that is used up.
   */
  write(
    table: Table,
    key: string,
    value: string | undefined,
    { isNew, mayWait }: { isNew: boolean; mayWait: boolean },
  ): void {
    if (isNew && !hasRoom(this.#path)) throw noRoom(this.#path)
    const change = { table, key, value }
    try {
      this.#attempt(change)
    } catch (error) {
      if (!isUnwritable(error)) throw error
      if (!mayWait) throw noRoom(this.#path)
      if (this.#pending.size === 0)
        this.#onTrouble(`the state cannot be written (${(error as Error).message}): it is tried again every second`)
      this.#pending.set(`${table} ${key}`, change)
      this.#timer ??= setInterval(() => this.#retry(), retryMs).unref()
    }
  }

  #attempt(change: Pending): void {
    try {
      this.#flush()
      this.#run(change)
    } catch (error) {
      if (!isUnwritable(error)) throw error
      // The log cannot grow, so it has to begin anew.
      checkpoint(this.#database)
      this.#flush()
      this.#run(change)
    }
  }

  setAside(record: OddRecord): void {
    this.#pending.delete(`${record.table} ${record.key}`)
    setAside(this.#database, record)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#retry()
    if (this.#pending.size > 0) this.#onTrouble(`${this.#pending.size} changes of the state could not be written`)
  }

  #retry(): void {
    try {
      const hadToWait = this.#pending.size > 0
      this.#flush()
      if (hadToWait) keepRoom(this.#database)
    } catch {
      // Said when it began.
    }
  }

  #flush(): void {
    for (const [id, change] of this.#pending) {
      this.#run(change)
      this.#pending.delete(id)
    }
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #run({ table, key, value }: Pending): void {
    if (value === undefined) this.#statement(`DELETE FROM ${table} WHERE key = ?`).run(key)
    else
      this.#statement(`INSERT INTO ${table} VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`).run(
        key,
        value,
      )
  }

  #statement(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

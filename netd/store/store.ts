/**
 * Desired state in SQLite: one table per kind of record, the record as JSON beside its key. The collections are
 * read once and written through, so that reading costs a Map and writing one statement (WAL, no fsync per write:
 * a crash of the daemon loses nothing, a crash of the machine takes the containers with it anyway).
 */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { migrate } from './migrate.ts'
import type { ContainerRecord, LinkRecord, NamespaceRecord, NetworkRecord, VolumeRecord } from './records.ts'

export class Collection<Value extends object> {
  readonly #rows = new Map<string, Value>()
  readonly #put: StatementSync
  readonly #delete: StatementSync
  readonly #onChange: () => void

  constructor(
    database: DatabaseSync,
    table: 'networks' | 'containers' | 'namespaces' | 'links' | 'volumes',
    onChange: () => void,
  ) {
    this.#onChange = onChange
    database.exec(`CREATE TABLE IF NOT EXISTS ${table} (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT`)
    this.#put = database.prepare(
      `INSERT INTO ${table} VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    )
    this.#delete = database.prepare(`DELETE FROM ${table} WHERE key = ?`)
    for (const row of database.prepare(`SELECT key, value FROM ${table} ORDER BY rowid`).all() as {
      key: string
      value: string
    }[]) {
      this.#rows.set(row.key, JSON.parse(row.value) as Value)
    }
  }

  get(key: string): Value | undefined {
    return this.#rows.get(key)
  }

  /** Also persists a change made in place to a record that is already there. */
  put(key: string, value: Value): void {
    this.#put.run(key, JSON.stringify(value))
    this.#rows.set(key, value)
    this.#onChange()
  }

  delete(key: string): void {
    this.#delete.run(key)
    this.#rows.delete(key)
    this.#onChange()
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

export class Store {
  readonly #database: DatabaseSync
  readonly #listeners = new Set<() => void>()
  readonly networks: Collection<NetworkRecord>
  readonly containers: Collection<ContainerRecord>
  readonly namespaces: Collection<NamespaceRecord>
  readonly links: Collection<LinkRecord>
  readonly volumes: Collection<VolumeRecord>

  /** `:memory:` for a store that lives as long as the process. */
  constructor(path: string) {
    // Environments of containers have passwords in them. SQLite gives the files beside it the same mode.
    if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600))
    this.#database = new DatabaseSync(path)
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    migrate(this.#database)
    const changed = () => {
      for (const listener of this.#listeners) listener()
    }
    this.networks = new Collection(this.#database, 'networks', changed)
    this.containers = new Collection(this.#database, 'containers', changed)
    this.namespaces = new Collection(this.#database, 'namespaces', changed)
    this.links = new Collection(this.#database, 'links', changed)
    this.volumes = new Collection(this.#database, 'volumes', changed)
  }

  /** Called after every record written or deleted; call the result to stop. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#database.close()
  }
}

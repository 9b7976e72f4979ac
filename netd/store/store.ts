/** Desired state in SQLite. */
import type { DatabaseSync } from 'node:sqlite'
import { Collection, readRows } from './collection.ts'
import { openDatabase } from './open-database.ts'
import type {
  ContainerRecord,
  LinkRecord,
  NamespaceRecord,
  NetworkRecord,
  SandboxRecord,
  VolumeRecord,
} from './records.ts'
import { shapes } from './shapes.ts'
import type { Table } from './tables.ts'
import { Writer } from './writer.ts'

interface StoreOptions {
  /** What was set aside, or cannot be written, as a sentence. */
  warn?: (sentence: string) => void
  now?: () => Date
}

export class Store {
  readonly #database: DatabaseSync
  readonly #writer: Writer
  readonly #listeners = new Set<() => void>()
  readonly networks: Collection<NetworkRecord>
  /** In groups by the networks that they are to be on. */
  readonly sandboxes: Collection<SandboxRecord>
  readonly containers: Collection<ContainerRecord>
  /** Containers that are being made: they hold their names, volumes and images, and nobody finds them. */
  readonly drafts: Collection<ContainerRecord>
  readonly namespaces: Collection<NamespaceRecord>
  readonly links: Collection<LinkRecord>
  readonly volumes: Collection<VolumeRecord>

  /** `:memory:` for a store that lives as long as the process. */
  constructor(path: string, { warn = () => {}, now = () => new Date() }: StoreOptions = {}) {
    this.#database = openDatabase(path, now, warn)
    this.#writer = new Writer(this.#database, path, warn)
    const changed = () => {
      for (const listener of this.#listeners) listener()
    }
    const read = <Value extends object>(table: Table, groupsOf?: (value: Value) => string[]): Collection<Value> =>
      new Collection(
        table,
        readRows<Value>(this.#database, table, shapes[table], warn),
        this.#writer,
        changed,
        groupsOf,
      )
    this.networks = read('networks')
    this.sandboxes = read('sandboxes', ({ endpoints }) => Object.keys(endpoints))
    this.containers = read('containers')
    this.drafts = read('drafts')
    this.namespaces = read('namespaces')
    this.links = read('links')
    this.volumes = read('volumes')
  }

  /** Called after every record written or deleted; call the result to stop. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Whether a record of this key is out of the way, from where it may be put back. */
  isSetAside(key: string): boolean {
    return this.#database.prepare('SELECT 1 FROM set_aside WHERE key = ?').get(key) !== undefined
  }

  close(): void {
    this.#writer.close()
    this.#database.close()
  }
}

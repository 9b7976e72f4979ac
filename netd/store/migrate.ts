/** Brings a database of an older netd to the records of this one, step by step. A step knows the shapes of its time only. */
import type { DatabaseSync } from 'node:sqlite'
import type { MountRecord } from './records.ts'

/** The step at position n leads from schema n + 1 to the next; a change of a record's shape adds one. */
const steps: ((database: DatabaseSync) => void)[] = [resolveMounts]

const schemaVersion = steps.length + 1

/** Throws when a newer netd wrote it. A crash in the middle leaves it as it was. */
export function migrate(database: DatabaseSync): void {
  const { user_version: found } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (found > schemaVersion) {
    throw new Error(
      `the state was written by a newer netd (schema ${found}, this one knows ${schemaVersion}); run that version, or give another --data-root`,
    )
  }
  // A new file says 0, and has no records to migrate.
  const missing = found === 0 ? [] : steps.slice(found - 1)
  database.exec('BEGIN IMMEDIATE')
  try {
    for (const step of missing) step(database)
    database.exec(`PRAGMA user_version = ${schemaVersion}`)
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

interface ContainerOfSchema1 {
  hostConfig: {
    Binds?: string[] | null
    Mounts?:
      | {
          Type?: string | null
          Source?: string | null
          Target: string
          ReadOnly?: boolean | null
          BindOptions?: { Propagation?: string | null } | null
          TmpfsOptions?: { SizeBytes?: number | null; Mode?: number | null } | null
        }[]
      | null
  }
  mounts?: MountRecord[]
}

/** 1 to 2: containers record their mounts. There were no volumes: a VOLUME of an image was, and stays, in the writable layer. */
function resolveMounts(database: DatabaseSync): void {
  const put = database.prepare('UPDATE containers SET value = ? WHERE key = ?')
  for (const { key, value } of database.prepare('SELECT key, value FROM containers').all() as {
    key: string
    value: string
  }[]) {
    const container = JSON.parse(value) as ContainerOfSchema1
    const { Binds: binds, Mounts: mounts } = container.hostConfig
    container.mounts = [...(binds ?? []).map(bindOfSchema1), ...(mounts ?? []).map(mountOfSchema1)]
    put.run(JSON.stringify(container), key)
  }
}

type MountOfSchema1 = NonNullable<ContainerOfSchema1['hostConfig']['Mounts']>[number]

function bindOfSchema1(spec: string): MountRecord {
  const [source = '', target = '', mode = ''] = spec.split(':')
  const modes = mode.split(',')
  const propagation = modes.find((part) => /^r?(private|shared|slave)$/.test(part)) ?? 'rprivate'
  return {
    type: 'bind',
    source,
    target,
    mode,
    isReadOnly: modes.includes('ro'),
    propagation,
    isRecursive: true,
    isSourceCreated: true,
  }
}

function mountOfSchema1({
  Type: type,
  Source: source,
  Target: target,
  ReadOnly: isReadOnly,
  BindOptions: bind,
  TmpfsOptions: tmpfs,
}: MountOfSchema1): MountRecord {
  if (type === 'tmpfs') {
    const options = [
      ...(tmpfs?.SizeBytes ? [`size=${tmpfs.SizeBytes}`] : []),
      ...(tmpfs?.Mode ? [`mode=${tmpfs.Mode.toString(8)}`] : []),
    ]
    return { type, target, isReadOnly: isReadOnly ?? false, options }
  }
  return {
    type: 'bind',
    source: source ?? '',
    target,
    mode: '',
    isReadOnly: isReadOnly ?? false,
    propagation: bind?.Propagation || 'rprivate',
    isRecursive: true,
    isSourceCreated: false,
  }
}

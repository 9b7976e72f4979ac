/** Containers record their mounts. There were no volumes: a VOLUME of an image was, and stays, in the writable layer. */
import type { DatabaseSync } from 'node:sqlite'
import { rewrite } from './rewrite.ts'

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
}

export function resolveMounts(database: DatabaseSync): void {
  rewrite(database, 'containers', (container: ContainerOfSchema1) => {
    const { Binds: binds, Mounts: mounts } = container.hostConfig
    return { ...container, mounts: [...(binds ?? []).map(bindOfSchema1), ...(mounts ?? []).map(mountOfSchema1)] }
  })
}

type MountOfSchema1 = NonNullable<ContainerOfSchema1['hostConfig']['Mounts']>[number]

type MountOfSchema2 =
  | {
      type: 'bind'
      source: string
      target: string
      mode: string
      isReadOnly: boolean
      propagation: string
      isRecursive: boolean
      isSourceCreated: boolean
    }
  | { type: 'tmpfs'; target: string; isReadOnly: boolean; options: string[] }

function bindOfSchema1(spec: string): MountOfSchema2 {
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
}: MountOfSchema1): MountOfSchema2 {
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

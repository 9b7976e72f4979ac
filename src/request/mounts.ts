/** `-v`, `--mount` and `--tmpfs`. What they mean for a given host is the daemon's to say. */
import { resolve } from 'node:path'
import { parseBool } from '../../api/docker/bool.ts'
import type { HostConfig } from '../../api/docker/containers.ts'
import { UsageError } from '../errors.ts'
import { csvFields, cut, parseBytes, parseLabel } from './values.ts'

export type Mount = NonNullable<NonNullable<HostConfig['Mounts']>[number]>

/** `[source:]target[:options]`: a bind when there is a source (a relative one begins with a dot), else an anonymous volume. */
export function parseVolume(text: string, workingDirectory: string): { bind: string } | { volume: string } {
  if (text === '') throw new UsageError('invalid empty volume spec')
  const [source, rest] = cut(text, ':')
  if (rest === undefined) return { volume: text }
  if (text.split(':').includes('')) throw new UsageError(`invalid spec: ${text}: empty section between colons`)
  return { bind: source.startsWith('.') ? `${resolve(workingDirectory, source)}:${rest}` : text }
}

/** `path[:options]`. */
export function parseTmpfs(text: string): [string, string] {
  const [path, options] = cut(text, ':')
  return [path, options ?? '']
}

/** `type=bind,source=/a,target=/b,readonly`; without a type, a volume. */
export function parseMount(text: string, workingDirectory: string): Mount {
  const mount: Mount = { Type: 'volume', Target: '' }
  for (const field of csvFields(text)) {
    const [rawKey, value] = cut(field, '=')
    const key = rawKey.toLowerCase()
    if (value === undefined) {
      if (key === 'readonly' || key === 'ro') mount.ReadOnly = true
      else if (key === 'volume-nocopy') mount.VolumeOptions = { ...mount.VolumeOptions, NoCopy: true }
      else throw new UsageError(`invalid field '${field}' must be a key=value pair`)
      continue
    }
    set(mount, key, value, field, workingDirectory)
  }
  if (mount.Target === '') throw new UsageError('target is required')
  if (mount.BindOptions && mount.Type !== 'bind')
    throw new UsageError(`cannot mix 'bind-*' options with mount type '${mount.Type}'`)
  if (mount.VolumeOptions && mount.Type !== 'volume')
    throw new UsageError(`cannot mix 'volume-*' options with mount type '${mount.Type}'`)
  if (mount.TmpfsOptions && mount.Type !== 'tmpfs')
    throw new UsageError(`cannot mix 'tmpfs-*' options with mount type '${mount.Type}'`)
  return mount
}

function set(mount: Mount, key: string, value: string, field: string, workingDirectory: string): void {
  switch (key) {
    case 'type':
      mount.Type = value.toLowerCase()
      return
    case 'source':
    case 'src':
      mount.Source =
        value === '.' || value.startsWith('./') || value.startsWith('../') ? resolve(workingDirectory, value) : value
      return
    case 'target':
    case 'dst':
    case 'destination':
      mount.Target = value
      return
    case 'readonly':
    case 'ro':
      mount.ReadOnly = parseBool(value) ?? refuse(`invalid value for ${key}: ${value}`)
      return
    case 'bind-propagation':
      mount.BindOptions = { Propagation: value.toLowerCase() }
      return
    case 'volume-nocopy':
      mount.VolumeOptions = {
        ...mount.VolumeOptions,
        NoCopy: parseBool(value) ?? refuse(`invalid value for volume-nocopy: ${value}`),
      }
      return
    case 'volume-label':
      mount.VolumeOptions = {
        ...mount.VolumeOptions,
        Labels: { ...mount.VolumeOptions?.Labels, ...Object.fromEntries([parseLabel(value)]) },
      }
      return
    case 'tmpfs-size':
      mount.TmpfsOptions = { ...mount.TmpfsOptions, SizeBytes: sizeOrRefuse(value) }
      return
    case 'tmpfs-mode':
      mount.TmpfsOptions = {
        ...mount.TmpfsOptions,
        Mode: /^[0-7]+$/.test(value) ? parseInt(value, 8) : refuse(`invalid value for tmpfs-mode: ${value}`),
      }
      return
    default:
      refuse(`unexpected key '${key}' in '${field}'`)
  }
}

function sizeOrRefuse(value: string): number {
  try {
    return parseBytes(value)
  } catch {
    return refuse(`invalid value for tmpfs-size: ${value}`)
  }
}

function refuse(sentence: string): never {
  throw new UsageError(sentence)
}

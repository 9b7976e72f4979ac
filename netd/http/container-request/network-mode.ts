/** `--network`, `--pid` and `--ipc`: the one place that reads `container:NAME`. */
import { errors } from '../../../api/errors.ts'
import type { ContainerOptions, NamespaceMode, NetworkMode } from '../../store/container-options.ts'

type Text = string | null | undefined

/** Throws 400 for `container:` and nothing. */
export function parseNetworkMode(text: Text): NetworkMode {
  if (!text || text === 'default') return { kind: 'default' }
  if (text === 'host' || text === 'none') return { kind: text }
  if (text !== 'container' && !text.startsWith('container:')) return { kind: 'network', network: text }
  const container = text.slice('container:'.length)
  if (container === '')
    throw errors.invalidParameter('Invalid network mode: invalid container format container:<name|id>')
  return { kind: 'container', container }
}

export function parsePidMode(text: Text): NamespaceMode | undefined {
  if (!text) return undefined
  if (text === 'host' || text === 'private') return { kind: text }
  const [kind, container = ''] = text.split(/:(.*)/s)
  if (kind !== 'container' || container === '') throw errors.invalidParameter(`invalid PID mode: ${text}`)
  return { kind, container }
}

/** Of namespaces that are the container's own unless told. Of users there is but the host's, since netd maps none. */
export function isFromHost(mode: Text, what: 'UTS' | 'USER'): boolean {
  if (mode && mode !== 'host') throw errors.invalidParameter(`invalid ${what} mode: ${mode}`)
  return mode === 'host'
}

export function parseIpcMode(text: Text): ContainerOptions['ipc'] {
  const mode = text || 'private'
  if (mode === 'private' || mode === 'shareable' || mode === 'none' || mode === 'host') return mode
  throw errors.invalidParameter(`Invalid IPC mode: ${mode}`)
}

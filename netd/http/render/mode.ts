/** Modes of namespaces in Docker's words: what ../container-request/network-mode.ts reads. */
import type { NamespaceMode, NetworkMode } from '../../store/container-options.ts'

export function networkModeText(mode: NetworkMode): string {
  return mode.kind === 'network' ? mode.network : namespaceModeText(mode)
}

export function namespaceModeText(mode: NamespaceMode | Exclude<NetworkMode, { kind: 'network' }>): string {
  return mode.kind === 'container' ? `container:${mode.container}` : mode.kind
}

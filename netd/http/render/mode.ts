/** Modes of namespaces in Docker's words: what ../container-request/network-mode.ts reads. */
import type { NamespaceMode, NetworkMode } from '../../store/container-options.ts'

/** As dockerd since 26: the default is called by the network that it means. */
export function networkModeText(mode: NetworkMode): string {
  if (mode.kind === 'default') return 'bridge'
  return mode.kind === 'network' ? mode.network : namespaceModeText(mode)
}

export function namespaceModeText(mode: NamespaceMode | Exclude<NetworkMode, { kind: 'network' }>): string {
  return mode.kind === 'container' ? `container:${mode.container}` : mode.kind
}

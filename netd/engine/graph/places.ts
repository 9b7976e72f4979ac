/** Which network namespaces the picture shows: the host's own, one per running container that has its own, every bare one. */
import type { Engine } from '../engine.ts'
import type { Namespace } from '../../kernel/kernel.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { GraphNamespace } from '../../../api/trestle/graph.ts'
import { labLabel, nodeLabel } from '../../../api/trestle/labels.ts'
import { isRunning } from '../life/status.ts'
import { namespacePath } from '../namespaces/pin.ts'
import { sandboxPath } from '../sandbox/namespaces.ts'

export interface Place extends Omit<GraphNamespace, 'interfaces' | 'routes' | 'isForwarding'> {
  path: Namespace
}

function marks(labels: Record<string, string> | null | undefined): Pick<Place, 'lab' | 'node'> {
  const lab = labels?.[labLabel]
  const node = labels?.[nodeLabel]
  return { ...(lab === undefined ? {} : { lab }), ...(node === undefined ? {} : { node }) }
}

/** Id of the place a running container's processes see: `container:X` lives in X's. */
function home(container: ContainerRecord): string {
  const mode = container.hostConfig.NetworkMode ?? 'default'
  if (mode === 'host') return 'host'
  return mode.startsWith('container:') ? mode.slice('container:'.length) : container.id
}

export function places({ config, host, store }: Pick<Engine, 'config' | 'host' | 'store'>): Place[] {
  const running = store.containers.values().filter(isRunning)
  const found: Place[] = [{ id: 'host', name: 'host', kind: 'host', path: host, sharedBy: [] }]
  for (const container of running) {
    if (home(container) !== container.id) continue
    found.push({
      id: container.id,
      name: container.name,
      kind: 'container',
      path: sandboxPath(config, container.id),
      sharedBy: [],
      ...marks(container.config.Labels),
    })
  }
  for (const { name, labels } of store.namespaces.values()) {
    found.push({
      id: name,
      name,
      kind: 'namespace',
      path: namespacePath({ config }, name),
      sharedBy: [],
      ...marks(labels),
    })
  }
  for (const container of running) {
    const id = home(container)
    if (id !== container.id) found.find((place) => place.id === id || place.name === id)?.sharedBy.push(container.name)
  }
  return found
}

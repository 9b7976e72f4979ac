/** Which network namespaces the picture shows: the host's own, one per running container that has its own, every bare one. */
import type { Engine } from '../engine.ts'
import type { Namespace } from '../../kernel/kernel.ts'
import type { SandboxRecord } from '../../store/records.ts'
import type { GraphNamespace } from '../../../api/trestle/graph.ts'
import { labLabel, nodeLabel } from '../../../api/trestle/labels.ts'
import { namespacePath } from '../namespaces/pin.ts'
import { sandboxPath } from '../sandbox/namespaces.ts'

export interface NetworkNamespace extends Omit<GraphNamespace, 'interfaces' | 'routes' | 'isForwarding'> {
  path: Namespace
}

function marks(labels: Record<string, string> | null | undefined): Pick<NetworkNamespace, 'lab' | 'node'> {
  const lab = labels?.[labLabel]
  const node = labels?.[nodeLabel]
  return { ...(lab === undefined ? {} : { lab }), ...(node === undefined ? {} : { node }) }
}

/** Id or name of the namespace that a sandbox's processes see: `container:X` lives in X's. */
function home({ id, namespace }: SandboxRecord): string {
  return namespace.kind === 'own' ? id : namespace.kind === 'host' ? 'host' : namespace.with
}

export function networkNamespaces({
  config,
  host,
  store,
}: Pick<Engine, 'config' | 'host' | 'store'>): NetworkNamespace[] {
  const open = store.sandboxes.values().filter(({ isOpen }) => isOpen)
  const found: NetworkNamespace[] = [{ id: 'host', name: 'host', kind: 'host', path: host, sharedBy: [] }]
  for (const { id, name } of open.filter(({ namespace }) => namespace.kind === 'own')) {
    found.push({
      id,
      name,
      kind: 'container',
      path: sandboxPath(config, id),
      sharedBy: [],
      ...marks(store.containers.get(id)?.options.labels),
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
  for (const sandbox of open) {
    const id = home(sandbox)
    if (id !== sandbox.id) found.find((netns) => netns.id === id || netns.name === id)?.sharedBy.push(sandbox.name)
  }
  return found
}

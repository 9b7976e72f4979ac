import { ApiError, errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import type { Namespace } from '../../kernel/kernel.ts'
import type { SandboxRecord } from '../../store/records.ts'
import { findNamespace } from '../namespaces/find-namespace.ts'
import { namespacePath } from '../namespaces/pin.ts'
import { findSandbox } from '../sandbox/find.ts'
import { sandboxPath } from '../sandbox/namespaces.ts'

/**
 * The namespace a link may end in: a bare one, which goes before a container of the same name, or a running
 * container's. 404 for neither, 409 for a container that does not run, 400 for one that has no namespace of its own.
 */
export async function linkNode(engine: Engine, node: string): Promise<Namespace> {
  if ((await findNamespace(engine, node)) !== undefined) return namespacePath(engine, node)
  const { id, namespace, isOpen } = sandboxOf(engine, node)
  if (namespace.kind !== 'own') {
    const mode = namespace.kind === 'host' ? 'host' : `container:${namespace.with}`
    throw errors.invalidParameter(
      `container ${node} has no network namespace of its own (--network ${mode}): give the link another node`,
    )
  }
  if (!isOpen) throw errors.conflict(`container ${node} is not running: start it, then link it`)
  return sandboxPath(engine.config, id)
}

function sandboxOf(engine: Engine, node: string): SandboxRecord {
  try {
    return findSandbox(engine, node)
  } catch (error) {
    throw error instanceof ApiError && error.code === 'containerNotFound' ? errors.nodeNotFound(node) : error
  }
}

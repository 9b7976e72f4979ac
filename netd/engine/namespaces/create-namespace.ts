import { rm } from 'node:fs/promises'
import { errors } from '../../../api/errors.ts'
import type { CreateNamespaceRequest, Namespace } from '../../../api/trestle/namespaces.ts'
import type { Engine } from '../engine.ts'
import { KernelError, type KernelStep } from '../../kernel/kernel.ts'
import { findNamespace, inspectNamespace } from './find-namespace.ts'
import { claimName, isPinned, namespacePath, releaseName } from './pin.ts'

/** A network namespace with `lo` up, pinned, and named for iproute2. 409 for a name that is taken, 400 for an unknown sysctl. */
export function createNamespace(engine: Engine, request: CreateNamespaceRequest): Promise<Namespace> {
  const { name } = request
  return engine.locks.run(`namespace:${name}`, async () => {
    if ((await findNamespace(engine, name)) !== undefined)
      throw errors.conflict(`namespace with name ${name} already exists`)
    const path = namespacePath(engine, name)
    const steps = planNamespace(path, request)
    await claimName(path, name)
    try {
      // What `ip netns delete` leaves of a pin.
      if (!(await isPinned(path))) await rm(path, { force: true })
      await engine.kernel.apply(steps)
    } catch (error) {
      await releaseName(path, name)
      throw explain(error, steps)
    }
    engine.store.namespaces.put(name, { name, labels: request.labels ?? {} })
    engine.events.publish({
      Type: 'namespace',
      Action: 'create',
      Actor: { ID: name, Attributes: { name, ...request.labels } },
    })
    return inspectNamespace(engine, name)
  })
}

function planNamespace(path: string, { sysctls }: CreateNamespaceRequest): KernelStep[] {
  return [
    { do: 'netns.create', path },
    ...Object.entries(sysctls ?? {}).map(([name, value]): KernelStep => ({
      do: 'sysctl.set',
      namespace: path,
      name,
      value,
    })),
  ]
}

/** A sysctl that does not exist, or a value it does not take, is the request's fault. */
function explain(error: unknown, steps: KernelStep[]): unknown {
  if (!(error instanceof KernelError)) return error
  const step = error.step === undefined ? undefined : steps[error.step]
  if (step?.do !== 'sysctl.set') return error
  const reason =
    error.errno === 'ENOENT'
      ? 'a network namespace of this kernel has no such setting'
      : (error.detail ?? error.description)
  return errors.invalidParameter(`invalid sysctl ${step.name}=${step.value}: ${reason}`)
}

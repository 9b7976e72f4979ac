import { access } from 'node:fs/promises'
import { isDelete } from '../../kernel/invert.ts'
import { KernelError, type KernelStep } from '../../kernel/kernel.ts'
import type { SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { publishNetworkEvent } from '../networks/network-event.ts'
import { driverContext, driverOf } from '../networks/resolve-network.ts'
import { flushAddresses } from './detach.ts'
import { activeEndpointsOf, planOf } from './endpoints.ts'
import { removeEtcFiles } from './etc-files.ts'
import { findSandbox } from './find.ts'
import { deleteLingering } from './lingering-links.ts'
import { closeNames } from './names.ts'
import { sandboxPath } from './namespaces.ts'
import { publishedEndpoint, unpublishSteps } from './publish-ports.ts'

export interface CloseOptions {
  /** The container itself goes: so do its files. */
  isFinal?: boolean
}

/**
 * Takes back whatever is open, as far as it goes; again is no error. The veth pairs are left to the end of the
 * namespace, which the kernel brings about on its own time: deleting one would hold up the caller ~20 ms. What has not
 * ended a second later is deleted (./lingering-links.ts). Their ports are cut off first, so that addresses can be given away at once; interface names are random and never meet.
 */
export async function closeSandbox(engine: Engine, id: string, { isFinal = false }: CloseOptions = {}): Promise<void> {
  const sandbox = findSandbox(engine, id)
  const endpoints = activeEndpointsOf(engine, sandbox)
  const { ports } = sandbox
  if (endpoints.length > 0 || (await isPinned(engine, sandbox))) {
    await closeNames(engine, sandbox)
    const unpublishing = unpublishSteps(engine, publishedEndpoint(engine, endpoints), ports)
    const failures = await Promise.all([
      cutOff(engine, sandbox),
      unpublishing.length === 0 ? [] : engine.kernel.teardown(unpublishing),
      releasePorts(engine, sandbox),
    ])
    failures.push(await flushAddresses(engine, endpoints))
    for (const { message } of failures.flat()) engine.log.warn(`network of container ${sandbox.name}: ${message}`)
    deleteLingering(engine, endpoints)
  }
  for (const endpoint of Object.values(sandbox.endpoints)) delete endpoint.lease
  sandbox.ports = []
  sandbox.isOpen = false
  engine.store.sandboxes.put(sandbox.id, sandbox)
  for (const { network } of endpoints) publishNetworkEvent(engine, network, 'disconnect', { container: sandbox.id })
  if (isFinal) await removeEtcFiles(engine, sandbox.id)
}

/** One that was disconnected from its last network has a namespace all the same. */
async function isPinned({ config }: Engine, { id }: SandboxRecord): Promise<boolean> {
  return access(sandboxPath(config, id)).then(
    () => true,
    () => false,
  )
}

async function cutOff(engine: Engine, sandbox: SandboxRecord): Promise<Error[]> {
  if (sandbox.namespace.kind !== 'own') return []
  const isolating = activeEndpointsOf(engine, sandbox).flatMap((endpoint) =>
    driverOf(engine, endpoint.network).isolate(driverContext(engine), planOf(engine, sandbox, endpoint)),
  )
  const unpinning: KernelStep = { do: 'netns.delete', path: sandboxPath(engine.config, sandbox.id) }
  // A delete of a link holds its thread up, and there is a thread for that.
  if (isolating.some(isDelete)) return engine.kernel.teardown([...isolating, unpinning])
  try {
    await engine.kernel.apply([...isolating, unpinning])
    return []
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    // Something is gone already (a failed start, somebody's `ip link delete`): whatever is left goes the patient way.
    return engine.kernel.teardown([...isolating, unpinning])
  }
}

async function releasePorts(engine: Engine, { id, portBindings }: SandboxRecord): Promise<Error[]> {
  if (portBindings.length === 0) return []
  try {
    await engine.proxy.release(id)
    return []
  } catch (error) {
    return [error as Error]
  }
}

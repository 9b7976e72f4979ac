import type { PortChoice } from '../../store/port-rows.ts'
import type { PortBinding, PublishedPort } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { addPorts, removePorts } from '../sandbox/change-ports.ts'
import { findSandbox } from '../sandbox/find.ts'
import { lockContainer } from './lock.ts'

/** Of one that does not run: none, whatever it wishes for. */
export const publishedPorts = (engine: Engine, reference: string): PublishedPort[] =>
  findSandbox(engine, reference).ports

/** At once for one that runs, and for every start after that. Resolves with all it has published then. */
export async function publishPorts(engine: Engine, reference: string, wishes: PortBinding[]): Promise<PublishedPort[]> {
  return lockContainer(engine, reference, async ({ id }) => {
    const sandbox = findSandbox(engine, id)
    await addPorts(engine, sandbox, wishes)
    return sandbox.ports
  })
}

/** As publishPorts. Throws 404 when there is nothing of that description. */
export async function unpublishPorts(engine: Engine, reference: string, choice: PortChoice): Promise<void> {
  await lockContainer(engine, reference, ({ id }) => removePorts(engine, findSandbox(engine, id), choice))
}

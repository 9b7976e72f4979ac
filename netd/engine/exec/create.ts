import type { CreateExecRequest } from '../../../api/docker/exec.ts'
import { errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import { publishContainerEvent } from '../life/container-event.ts'
import { findContainer } from '../containers/find.ts'
import { parseDetachKeys } from '../detach-keys.ts'
import { permits } from '../life/refusals.ts'

/** Resolves to the id that start, resize and inspect take. */
export function createExec(engine: Engine, reference: string, request: CreateExecRequest): string {
  const container = findContainer(engine, reference)
  if (!request.Cmd?.length) throw errors.invalidParameter('No exec command specified')
  parseDetachKeys(request.DetachKeys)
  permits(engine, 'exec', container, reference)
  const id = engine.newId()
  engine.lives.addExec({
    id,
    containerId: container.id,
    request,
    hasStarted: false,
    isRunning: false,
    exitCode: null,
    pid: 0,
    exited: Promise.withResolvers<void>(),
  })
  publishContainerEvent(engine, container, `exec_create: ${request.Cmd.join(' ')}`, { execID: id })
  return id
}

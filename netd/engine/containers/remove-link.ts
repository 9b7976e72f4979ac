import { errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import { removeLink } from '../sandbox/links.ts'
import { writeEtcFiles } from '../sandbox/etc-files.ts'
import { findContainer } from './find.ts'
import { lockContainer } from './lock.ts'

/** `rm --link /web/db`: web forgets db by that name; both go on. Throws as dockerd does. */
export async function removeContainerLink(engine: Engine, reference: string): Promise<void> {
  const [parent = '', alias, ...rest] = reference.replace(/^\//, '').split('/')
  if (alias === undefined) {
    findContainer(engine, reference)
    throw errors.internal('Conflict, cannot remove the default link name of the container')
  }
  if (rest.length > 0) throw errors.containerNotFound(reference)
  const { id } = find(engine, parent, reference)
  await lockContainer(engine, id, async () => {
    const sandbox = engine.store.sandboxes.get(id)
    if (sandbox === undefined || !removeLink(engine, sandbox, alias)) throw errors.containerNotFound(reference)
    if (sandbox.isOpen) writeEtcFiles(engine, sandbox)
  })
}

/** What is not there is the link, whichever end is missing. */
function find(engine: Engine, parent: string, reference: string): { id: string } {
  const container = engine.store.containers.find(({ name }) => name === parent)
  if (container === undefined) throw errors.containerNotFound(reference)
  return container
}

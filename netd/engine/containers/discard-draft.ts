import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'

/** The name is free again, whatever becomes of the layer. */
export async function discardDraft(engine: Engine, { id, name }: ContainerRecord): Promise<void> {
  try {
    await engine.launcher.remove(id)
  } catch (error) {
    engine.log.error(`container ${name} was not made, and its layer stays: ${(error as Error).message}`)
  } finally {
    engine.store.sandboxes.delete(id)
    engine.store.drafts.delete(id)
  }
}

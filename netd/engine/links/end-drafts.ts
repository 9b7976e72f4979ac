import type { Engine } from '../engine.ts'
import { locateLink } from './find-link.ts'

/** After a start, once it is known which containers run: what a daemon that was killed has half made goes. */
export async function endLinkDrafts(engine: Engine): Promise<void> {
  for (const record of engine.store.links.values().filter(({ isDraft }) => isDraft === true)) {
    const step = await locateLink(engine, record)
    const failures = step === undefined ? [] : await engine.kernel.teardown([step])
    for (const { message } of failures) engine.log.warn(`a half-made link could not be removed: ${message}`)
    engine.store.links.delete(record.id)
  }
}

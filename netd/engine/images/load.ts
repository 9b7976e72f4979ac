import type { Readable } from 'node:stream'
import type { Engine } from '../engine.ts'
import { publishImageEvent } from './image-event.ts'

/** A `docker save` archive or an OCI layout; resolves to the lines that tell what came in, as the docker CLI prints them. */
export async function loadImages(engine: Engine, archive: Readable): Promise<string[]> {
  const loaded = await engine.launcher.images.load(archive)
  for (const name of loaded) publishImageEvent(engine, (await engine.launcher.images.inspect(name)).Id, 'load', name)
  return loaded.map((name) => (name.startsWith('sha256:') ? `Loaded image ID: ${name}\n` : `Loaded image: ${name}\n`))
}

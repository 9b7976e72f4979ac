import type { ImageInspect } from '../../../api/docker/images.ts'
import { configDefaults } from './config-defaults.ts'
import type { Engine } from '../engine.ts'
import { findImage } from './find.ts'

/** With the whole ContainerConfig key set, and the two fields of the classic builder that clients before 1.45 read. */
export async function inspectImage(
  engine: Engine,
  reference: string,
): Promise<Omit<ImageInspect, 'Config'> & { Container: string; ContainerConfig: object; Config: object }> {
  const image = await findImage(engine, reference)
  return {
    ...image,
    Container: '',
    ContainerConfig: { ...configDefaults, Env: null, Labels: null },
    Config: { ...configDefaults, ...image.Config, Env: image.Config.Env?.length ? image.Config.Env : null },
  }
}

import type { Engine } from '../engine.ts'
import { listContainers, type ListedContainer } from '../containers/list.ts'
import { volumeUsage } from '../volumes/usage.ts'

/** `docker system df`: images, containers and volumes; a build cache is not there. */
export async function diskUsage(engine: Engine): Promise<{ containers: ListedContainer[]; others: object }> {
  const images = await engine.launcher.images.list()
  const usedBy = (imageId: string): number =>
    engine.store.containers.values().filter((container) => container.imageId === imageId).length
  return {
    containers: await listContainers(engine, { isAll: true, limit: 0, withSize: true, filters: {} }),
    others: {
      LayersSize: images.reduce((total, { Size }) => total + Size, 0),
      Images: images.map((image) => ({ ...image, SharedSize: 0, Containers: usedBy(image.Id) })),
      Volumes: await volumeUsage(engine),
      BuildCache: null,
      BuilderSize: 0,
    },
  }
}

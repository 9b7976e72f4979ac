/** How much a volume holds, for `system df` and for what a prune gives back. */
import { lstat, readdir } from 'node:fs/promises'
import type { Volume } from '../../../api/docker/volumes.ts'
import type { VolumeRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { describeVolume } from './describe-volume.ts'
import { dataFolder } from './paths.ts'
import { usersOf } from './users-of.ts'

export function volumeUsage(engine: Engine): Promise<Volume[]> {
  const { config, store } = engine
  const describe = async (volume: VolumeRecord): Promise<Volume> => ({
    ...describeVolume(engine, volume),
    UsageData: { RefCount: usersOf(engine, volume.name).length, Size: await sizeOf(dataFolder(config, volume)) },
  })
  return Promise.all(store.volumes.values().map(describe))
}

/** Bytes of the files below, each inode once; what goes away meanwhile counts nothing. */
export async function sizeOf(folder: string, seen = new Set<number>()): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  let total = 0
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) {
      total += await sizeOf(path, seen)
      continue
    }
    const stat = await lstat(path).catch(() => undefined)
    if (stat === undefined || seen.has(stat.ino)) continue
    seen.add(stat.ino)
    total += stat.size
  }
  return total
}

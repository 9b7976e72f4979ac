import { volumesFolder } from '../../config/layout.ts'
import type { VolumeRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'

type Config = Pick<Engine['config'], 'dataRoot'>

export const volumeFolder = (config: Config, name: string): string => `${volumesFolder(config)}/${name}`

/** What inspect shows. */
export const mountpoint = (config: Config, name: string): string => `${volumeFolder(config, name)}/_data`

/** Where the files are: a volume with `o=bind` is another folder of the host under a name. */
export function dataFolder(config: Config, { name, options }: VolumeRecord): string {
  return options?.['device'] ?? mountpoint(config, name)
}

/** `--blkio-weight`, `--blkio-weight-device`, `--device-read-bps` and its three siblings. */
import type { HostConfig } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import type { Limits } from '../../store/container-options.ts'

type Throttle = NonNullable<Limits['throttles']>[number]

const lists = [
  ['readBps', 'BlkioDeviceReadBps'],
  ['writeBps', 'BlkioDeviceWriteBps'],
  ['readIops', 'BlkioDeviceReadIOps'],
  ['writeIops', 'BlkioDeviceWriteIOps'],
] as const

/** Throws 400 in the words of dockerd, or of the docker CLI, which checks some of it itself. */
export function blockIoLimits(host: HostConfig): Pick<Limits, 'blkioWeight' | 'blkioWeightDevices' | 'throttles'> {
  const { BlkioWeight: weight, BlkioWeightDevice: weights } = host
  if (weight && (weight < 10 || weight > 1000))
    throw errors.invalidParameter('Range of blkio weight is from 10 to 1000')
  const throttles = lists.flatMap(([kind, field]) =>
    (host[field] ?? []).map(({ Path, Rate }): Throttle => {
      if (Rate < 0) throw errors.invalidParameter(`invalid rate for device: ${Path}:${Rate}`)
      return { kind, path: deviceOf(Path), rate: Rate }
    }),
  )
  return {
    ...(weight ? { blkioWeight: weight } : {}),
    ...(weights?.length ? { blkioWeightDevices: weights.map(parseWeight) } : {}),
    ...(throttles.length > 0 ? { throttles } : {}),
  }
}

function parseWeight({ Path, Weight }: { Path: string; Weight: number }): { path: string; weight: number } {
  if (Weight < 10 || Weight > 1000) throw errors.invalidParameter(`invalid weight for device: ${Path}:${Weight}`)
  return { path: deviceOf(Path), weight: Weight }
}

function deviceOf(path: string): string {
  if (!path.startsWith('/dev/')) throw errors.invalidParameter(`bad format for device path: ${path}`)
  return path
}

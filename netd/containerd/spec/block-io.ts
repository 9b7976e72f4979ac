/** Limits on block devices, in the terms of the OCI runtime specification: blkio of cgroup v1, io of v2. */
import { statSync } from 'node:fs'
import { errors } from '../../../api/errors.ts'
import type { Resources } from '../launcher.ts'
import { deviceNumbers } from './devices.ts'

/** Throws 400 for a path that is no block device. */
export function blockIo({ blkioWeight, blkioWeightDevices = [], throttles = [] }: Resources): object | undefined {
  const throttled = (kind: (typeof throttles)[number]['kind']): object[] =>
    throttles.filter((throttle) => throttle.kind === kind).map(({ path, rate }) => ({ ...numbersOf(path), rate }))
  const blockIo = {
    ...(blkioWeight !== undefined && { weight: blkioWeight }),
    ...withItems({
      weightDevice: blkioWeightDevices.map(({ path, weight }) => ({ ...numbersOf(path), weight })),
      throttleReadBpsDevice: throttled('readBps'),
      throttleWriteBpsDevice: throttled('writeBps'),
      throttleReadIOPSDevice: throttled('readIops'),
      throttleWriteIOPSDevice: throttled('writeIops'),
    }),
  }
  return Object.keys(blockIo).length > 0 ? blockIo : undefined
}

const withItems = (lists: Record<string, object[]>): Record<string, object[]> =>
  Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0))

function numbersOf(path: string): { major: number; minor: number } {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat?.isBlockDevice() !== true)
    throw errors.invalidParameter(
      `a limit on ${path} cannot be set: ${stat === undefined ? 'no such file or directory' : 'it is not a block device'}`,
    )
  return deviceNumbers(stat.rdev)
}

/** Docker's multiplexed stream: https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerAttach */
import { StreamType } from '../../../api/docker/containers.ts'
import { isOlder } from '../versions.ts'

/**
 *   0        1 2 3    4                 7  8
 *  +--------+-------+-------------------+-------
 *  | stream |   0   | size (big endian) | data …
 *  +--------+-------+-------------------+-------
 */
export function frame(stream: keyof typeof StreamType, data: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(8 + data.length)
  framed.writeUInt32BE(StreamType[stream] << 24, 0)
  framed.writeUInt32BE(data.length, 4)
  data.copy(framed, 8)
  return framed
}

/** Clients tell the two apart since 1.42. */
export function streamContentType(apiVersion: string, isTty: boolean): string {
  return isTty || isOlder(apiVersion, '1.42')
    ? 'application/vnd.docker.raw-stream'
    : 'application/vnd.docker.multiplexed-stream'
}

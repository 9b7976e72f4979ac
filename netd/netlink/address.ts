/** IP and hardware addresses as attributes. */
import { addressBytes, addressText } from '../../api/address/bytes.ts'
import { enumeration, u8, type Format } from './codec/format.ts'

/** AF_INET and AF_INET6, linux/socket.h. */
export const family = enumeration(u8, { ipv4: 2, ipv6: 10 })

export const ip: Format<string> = {
  write: (writer, value) => writer.raw(addressBytes(value)),
  read: (bytes) => addressText(bytes),
}

/** Hardware address, `02:42:ac:11:00:02`; any length, because not every link is Ethernet. */
export const hardwareAddress: Format<string> = {
  write: (writer, value) => writer.raw(Buffer.from(value.replaceAll(':', ''), 'hex')),
  read: (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
}

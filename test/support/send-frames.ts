/**
 * Sends Ethernet frames, as they are, from a namespace that nsenter(1) put it into, by the link of that index: every line of
 * stdin is one, in hexadecimal, and answered with a line when it is sent. packet(7).
 */
import { createInterface } from 'node:readline'
import { bind, send, SOCK_RAW, socket } from '../../netd/native/libc.ts'

const AF_PACKET = 17

/** struct sockaddr_ll, linux/if_packet.h. */
const address = Buffer.alloc(20)
address.writeUInt16LE(AF_PACKET, 0)
address.writeInt32LE(Number(process.argv[2]), 4)
const fd = socket(AF_PACKET, SOCK_RAW, 0)
bind(fd, address)
for await (const line of createInterface(process.stdin)) {
  send(fd, Buffer.from(line, 'hex'))
  process.stdout.write('sent\n')
}

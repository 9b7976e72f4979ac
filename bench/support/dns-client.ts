/**
 * Asks one name server for A records of these names for a while and says how many answers came: in batches, so that the client
 * is not what is measured. `dns-client SECONDS SERVER NAME…`
 */
import { encode } from 'dns-packet'
import koffi from 'koffi'

const [seconds = '3', server = '127.0.0.11', ...names] = process.argv.slice(2)
const libc = koffi.load('libc.so.6')
const socket = libc.func('int socket(int domain, int type, int protocol)')
const connect = libc.func('int connect(int fd, void *address, uint32_t length)')
const setsockopt = libc.func('int setsockopt(int fd, int level, int option, void *value, uint32_t length)')
const sendmmsg = libc.func('int sendmmsg(int fd, void *messages, uint32_t count, int flags)')
const recvmmsg = libc.func('int recvmmsg(int fd, void *messages, uint32_t count, int flags, void *timeout)')

/** Questions under way at once. */
const width = 32
const room = 512

/** struct mmsghdr and struct iovec for so many messages. */
function batch(): { headers: Buffer; vectors: Buffer; data: Buffer } {
  const [headers, vectors, data] = [Buffer.alloc(width * 64), Buffer.alloc(width * 16), Buffer.alloc(width * room)]
  for (let at = 0; at < width; at++) {
    headers.writeBigUInt64LE(koffi.address(vectors) + BigInt(at * 16), at * 64 + 16)
    headers.writeBigUInt64LE(1n, at * 64 + 24)
    vectors.writeBigUInt64LE(koffi.address(data) + BigInt(at * room), at * 16)
    vectors.writeBigUInt64LE(BigInt(room), at * 16 + 8)
  }
  return { headers, vectors, data }
}

const queries = names.map((name) => encode({ type: 'query', id: 1, flags: 0x0100, questions: [{ name, type: 'A' }] }))
const [out, back] = [batch(), batch()]
/** AF_INET, SOCK_DGRAM; SO_RCVTIMEO of 200 ms, after which what is missing counts as lost. */
const fd = socket(2, 2, 0) as number
const timeout = Buffer.alloc(16)
timeout.writeBigInt64LE(200_000n, 8)
setsockopt(fd, 1, 20, timeout, 16)
const peer = Buffer.alloc(16)
peer.writeUInt16LE(2, 0)
peer.writeUInt16BE(53, 2)
Buffer.from(server.split('.').map(Number)).copy(peer, 4)
connect(fd, peer, 16)

let [answers, asked, lost, next] = [0, 0, 0, 0]
const until = performance.now() + Number(seconds) * 1000
const since = performance.now()
while (performance.now() < until) {
  for (let at = 0; at < width; at++) {
    const query = queries[next++ % queries.length]!
    query.copy(out.data, at * room)
    out.vectors.writeBigUInt64LE(BigInt(query.length), at * 16 + 8)
  }
  asked += sendmmsg(fd, out.headers, width, 0) as number
  for (let missing = width; missing > 0;) {
    const count = recvmmsg(fd, back.headers, missing, 0x10000 /* MSG_WAITFORONE */, null) as number
    if (count <= 0) {
      lost += missing
      break
    }
    for (let at = 0; at < count; at++)
      if ((back.data[at * room + 3]! & 15) === 0 && back.data[at * room + 7]! > 0) answers++
    missing -= count
  }
}
console.log(JSON.stringify({ perSecond: Math.round((answers * 1000) / (performance.now() - since)), asked, lost }))

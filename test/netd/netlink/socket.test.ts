import { openSync, closeSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as libc from '../../../netd/native/libc.ts'
import { NetlinkError } from '../../../netd/netlink/error.ts'
import { addressMessage, RTM_DELADDR, RTM_GETADDR, RTM_NEWADDR } from '../../../netd/netlink/rtnetlink/address.ts'
import { linkMessage, RTM_GETLINK } from '../../../netd/netlink/rtnetlink/link.ts'
import {
  NETLINK_ROUTE,
  NLM_F_CREATE,
  NLM_F_EXCL,
  openTransport,
  RequestSocket,
  type Transport,
} from '../../../netd/netlink/socket.ts'
import { freshNamespace, type FreshNamespace } from '../../support/namespace.ts'

let namespace: FreshNamespace
beforeAll(async () => {
  namespace = await freshNamespace()
})
afterAll(() => namespace[Symbol.asyncDispose]())

/** A transport in the test's namespace; this thread is back where it was when it returns. */
function transport(): Transport {
  const home = openSync('/proc/self/ns/net', 'r')
  const there = openSync(namespace.path, 'r')
  try {
    libc.setns(there, libc.CLONE_NEWNET)
    try {
      return openTransport(NETLINK_ROUTE)
    } finally {
      libc.setns(home, libc.CLONE_NEWNET)
    }
  } finally {
    closeSync(there)
    closeSync(home)
  }
}

const loopback = (address: string) => ({ family: 'ipv4' as const, prefixLength: 32, index: 1, local: address, address })

function fill(socket: RequestSocket, count: number): void {
  for (let index = 0; index < count; index++) {
    socket.request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, (writer) =>
      addressMessage.write(writer, loopback(`10.${index >> 8}.${index & 255}.1`)),
    )
  }
}

test('a refusal has the errno, the kernel’s own sentence and the offset of what is at fault', () => {
  const socket = new RequestSocket(transport())
  const attempt = () =>
    socket.request(RTM_NEWADDR, NLM_F_CREATE, (writer) =>
      addressMessage.write(writer, { ...loopback('10.0.0.1'), prefixLength: 40 }),
    )
  expect(attempt).toThrow(
    new NetlinkError({ errno: 'EINVAL', description: 'Invalid argument', detail: 'ipv4: Invalid prefix length' }),
  )
  // Strict checking: attributes that the kernel would have overlooked are refused, too.
  const strict = () => socket.dump(RTM_GETADDR, (writer) => addressMessage.write(writer, { label: 'x' }))
  expect(strict).toThrow(
    expect.objectContaining({ errno: 'EINVAL', detail: 'ipv4: Unsupported attribute in dump request' }),
  )
  socket.close()
})

test('after a refusal the socket serves the next request', () => {
  const socket = new RequestSocket(transport())
  expect(() => socket.request(RTM_GETLINK, 0, (writer) => linkMessage.write(writer, { ifname: 'nothing' }))).toThrow(
    'No such device (ENODEV)',
  )
  const [answer] = socket.request(RTM_GETLINK, 0, (writer) => linkMessage.write(writer, { ifname: 'lo' }))
  expect(linkMessage.read(answer!.body)).toMatchObject({ index: 1, ifname: 'lo' })
  socket.close()
})

test('a dump that the kernel interrupted is read again, and comes back whole', () => {
  const other = new RequestSocket(transport())
  fill(other, 2000)
  const inner = transport()
  let datagrams = 0
  let attempts = 0
  // Between the first and the second datagram of the first attempt an address goes: what was read so far is no longer true.
  const disturbed: Transport = {
    fd: inner.fd,
    send(bytes) {
      attempts++
      inner.send(bytes)
    },
    receive() {
      if (++datagrams === 2)
        other.request(RTM_DELADDR, 0, (writer) => addressMessage.write(writer, loopback('10.0.0.1')))
      return inner.receive()
    },
    close: () => inner.close(),
  }
  const socket = new RequestSocket(disturbed)
  const addresses = socket
    .dump(RTM_GETADDR, (writer) => addressMessage.write(writer, { family: 'ipv4' }))
    .map(({ body }) => addressMessage.read(body).local)
  expect(attempts).toBe(2)
  expect(addresses).toHaveLength(2000)
  expect(addresses).not.toContain('10.0.0.1')
  socket.close()
  other.close()
})

test('a table that never holds still is an error, never half a table', () => {
  const other = new RequestSocket(transport())
  const inner = transport()
  let turn = 0
  const disturbed: Transport = {
    fd: inner.fd,
    send: (bytes) => inner.send(bytes),
    receive() {
      const isThere = turn++ % 2 === 1
      const change = (type: number, flags: number) =>
        other.request(type, flags, (writer) => addressMessage.write(writer, loopback('10.99.0.1')))
      if (isThere) change(RTM_DELADDR, 0)
      else change(RTM_NEWADDR, NLM_F_CREATE)
      return inner.receive()
    },
    close: () => inner.close(),
  }
  const socket = new RequestSocket(disturbed)
  expect(() => socket.dump(RTM_GETADDR, (writer) => addressMessage.write(writer, { family: 'ipv4' }))).toThrow(
    'the table changed during each of 20 attempts to read it whole (EAGAIN)',
  )
  socket.close()
  other.close()
})

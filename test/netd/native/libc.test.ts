import { constants } from 'node:os'
import { expect, test } from 'vitest'
import { errnoName } from '../../../netd/native/errno.ts'
import * as libc from '../../../netd/native/libc.ts'

test('a failed call names itself, the errno and what that means', () => {
  expect(() => libc.setns(-1, libc.CLONE_NEWNET)).toThrow(
    expect.objectContaining({
      name: 'SystemError',
      syscall: 'setns',
      errno: 'EBADF',
      message: 'setns: Bad file descriptor (EBADF)',
    }),
  )
  expect(() => libc.umount2('/nothing/here', libc.MNT_DETACH)).toThrow('umount2: No such file or directory (ENOENT)')
})

test('every errno that Node knows has its name, and so have those that only netlink tells', () => {
  for (const [name, number] of Object.entries(constants.errno)) {
    // Two names of one number: EWOULDBLOCK is EAGAIN, ENOTSUP is EOPNOTSUPP.
    if (name !== 'EWOULDBLOCK' && name !== 'ENOTSUP') expect(errnoName(number)).toBe(name)
  }
  expect(errnoName(85)).toBe('ERESTART')
  expect(errnoName(524)).toBe('ENOTSUPP')
  expect(errnoName(4000)).toBe('errno 4000')
})

test('a datagram arrives where the socket is bound', () => {
  const fd = libc.socket(libc.AF_INET, libc.SOCK_DGRAM, 0)
  const address = Buffer.from([2, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
  libc.bind(fd, address)
  const bound = libc.getsockname(fd)
  expect([...bound.subarray(4, 8)]).toEqual([127, 0, 0, 1])
  expect(bound.readUInt16BE(2)).toBeGreaterThan(0)
  libc.close(fd)
  expect(() => libc.getsockname(fd)).toThrow('EBADF')
})

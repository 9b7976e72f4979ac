import { expect, test } from 'vitest'
import { toKernelError } from '../../../netd/kernel/failure.ts'
import { addLink } from '../../../netd/kernel/new-link.ts'
import type { Session } from '../../../netd/kernel/session.ts'
import { NetlinkError } from '../../../netd/netlink/error.ts'
import { RTM_DELLINK, RTM_NEWLINK } from '../../../netd/netlink/rtnetlink/link.ts'

/** A kernel that makes the link and refuses all else. */
function failure(atDelete: string): unknown {
  const request = (type: number): unknown[] => {
    if (type === RTM_NEWLINK) return []
    throw new NetlinkError({ errno: type === RTM_DELLINK ? atDelete : 'ENOBUFS', description: 'no' })
  }
  const session = { in: () => ({ route: { request } }), indexes: new Map() } as unknown as Session
  try {
    return addLink(session, { do: 'link.add', namespace: 'n', name: 'br0', kind: 'bridge' })
  } catch (error) {
    return toKernelError('link.add', error)
  }
}

test('the reason why a link is not made outlives the failure to take it away', () => {
  expect(failure('ENODEV')).toMatchObject({ errno: 'ENOBUFS' })
  expect(failure('ENODEV')).not.toHaveProperty('cause')
  expect(failure('EBUSY')).toMatchObject({ errno: 'ENOBUFS', cause: { errors: [{ errno: 'EBUSY' }] } })
})

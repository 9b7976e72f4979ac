import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { birthGroup } from '../../../netd/kernel/birth-group.ts'
import { toKernelError } from '../../../netd/kernel/failure.ts'
import { addLink } from '../../../netd/kernel/new-link.ts'
import type { Session } from '../../../netd/kernel/session.ts'
import { NetlinkError } from '../../../netd/netlink/error.ts'
import { RTM_DELLINK, RTM_NEWLINK } from '../../../netd/netlink/rtnetlink/link.ts'
import { eventually } from '../../support/eventually.ts'
import { testHost } from './host.ts'

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

test('from its birth on a link has a mark of ours: the group of its owner, then the alias', async () => {
  await using host = await testHost()
  const monitor = spawn('nsenter', [`--net=${host.namespace}`, 'ip', '-d', '-o', 'monitor', 'link'])
  let seen = ''
  monitor.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()))
  try {
    // It says nothing when it has begun to listen.
    let count = 0
    await eventually(async () => {
      await host.in(host.namespace, ['ip', 'link', 'add', `seen${count++}`, 'type', 'ifb'])
      expect(seen).not.toBe('')
    })
    const alias = 'trestle-1234 network a'
    await host.kernel.apply([
      { do: 'link.add', namespace: host.namespace, name: 'ours', kind: 'bridge', alias, isUp: true },
    ])
    await eventually(() => expect(seen).toContain(alias))
    const lines = seen.split('\n').filter((line) => /: ours(@\S+)?: /.test(line))
    expect(lines[0]).toContain(`group ${birthGroup(alias)} `)
    for (const line of lines) expect(line.includes(`group ${birthGroup(alias)} `)).toBe(!line.includes(alias))
  } finally {
    monitor.kill()
  }
})

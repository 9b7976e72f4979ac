/** What a daemon holds when nobody asks for anything. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { startHost } from '../../support/host.ts'

test('an idle daemon gives memory back, and answers afterwards', async () => {
  await using host = await startHost()
  const pid = await host.netdPid()
  const residentMiB = async () =>
    Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))![1]) / 1024
  const before = await residentMiB()
  await eventually(async () => expect(await residentMiB()).toBeLessThan(before - 30), { timeoutMs: 50_000 })
  expect((await host.http('POST', '/networks/create', { Name: 'afterwards' })).status).toBe(201)
})

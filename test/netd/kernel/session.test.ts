/** Which paths are taken for namespaces. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../support/run.ts'
import { testHost, type TestHost } from './host.ts'

let host: TestHost
beforeAll(async () => {
  host = await testHost()
})
afterAll(() => host[Symbol.asyncDispose]())

test('a FIFO that nobody writes to is no namespace, and keeps the thread from nothing', async () => {
  await run(['mkfifo', host.path('fifo')])
  await expect(host.kernel.survey(host.path('fifo'))).rejects.toThrow('ENOENT')
  expect((await host.kernel.survey(host.namespace)).links.map(({ name }) => name)).toEqual(['lo'])
})

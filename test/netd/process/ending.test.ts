/** What reaches the process itself is written down, and the process ends as if it had been asked to. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faultWarning, forgetFaults, readFaults } from '../../../netd/process/fault-record.ts'
import { run } from '../../support/run.ts'

const ending = fileURLToPath(new URL('../../../netd/process/ending.ts', import.meta.url))
const record = fileURLToPath(new URL('../../../netd/process/fault-record.ts', import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/trestle-ending-`)
})
afterAll(() => rm(folder, { recursive: true }))

/** A daemon in small, whose orderly end says so, with `trouble` as its only work. */
const program = (trouble: string, path: string): string => `
  import { watchEnding } from '${ending}'
  import { recordFault } from '${record}'
  const log = { debug() {}, info() {}, warn() {}, error: (message, fields) => console.error(message, fields.stack) }
  const { reason } = watchEnding({
    log,
    onFault: ({ message, stack }) => recordFault('${path}', { at: 'noon', version: '1', message, stack }),
    patienceMs: 60_000,
  })
  setInterval(() => {}, 1000)
  ${trouble}
  const why = await reason
  console.log('orderly', why)
  process.exit(why === 'fault' ? 1 : 0)`

const runProgram = (trouble: string, path = `${folder}/faults`) =>
  run([process.execPath, '--input-type=module-typescript', '--eval', program(trouble, path)], { allowFailure: true })

test.each([
  ['a timer that throws', "setTimeout(() => { throw new Error('oops') })", 1],
  ['a promise that nobody waits for', "void Promise.reject(new Error('oops'))", 1],
  ['two faults at once', "for (const _ of [1, 2]) setTimeout(() => { throw new Error('oops') })", 2],
])('%s', async (_what, trouble, faults) => {
  const path = `${folder}/${faults}-${trouble.length}`
  const { exitCode, stdout, stderr } = await runProgram(trouble, path)
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: 'orderly fault\n' })
  expect(stderr).toMatch(/^a fault of netd itself, which ends it: oops Error: oops\n {4}at /)
  expect(readFaults(path).map(({ message }) => message)).toEqual(Array.from({ length: faults }, () => 'oops'))
})

test('a signal is no fault', async () => {
  expect(await runProgram("process.kill(process.pid, 'SIGTERM')")).toMatchObject({
    exitCode: 0,
    stdout: 'orderly asked\n',
  })
})

test('faults are counted until they are forgotten', async () => {
  const path = `${folder}/counted`
  await runProgram("setTimeout(() => { throw new Error('oops') })", path)
  expect(faultWarning(path)).toEqual([
    expect.stringContaining('netd ended once by a fault of its own, last at noon: oops'),
  ])
  await runProgram("setTimeout(() => { throw new Error('again') })", path)
  expect(faultWarning(path)).toEqual([expect.stringContaining('netd ended 2 times')])
  forgetFaults(path)
  expect(faultWarning(path)).toEqual([])
})

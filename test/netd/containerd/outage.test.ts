/** containerd is killed, cannot be started again, or lacks runc: requests say so in one sentence, and it goes on afterwards. */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { env } from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ApiError } from '../../../api/errors.ts'
import { eventually } from '../../support/eventually.ts'
import { run } from '../../support/run.ts'
import { openLauncher } from '../../../netd/containerd/open-launcher.ts'
import { launcherOptions, startFixture, type LauncherFixture } from './fixture.ts'

let box: LauncherFixture
beforeAll(async () => {
  box = await startFixture()
})
afterAll(() => box[Symbol.asyncDispose]())

const killContainerd = (): boolean =>
  process.kill(
    (JSON.parse(readFileSync(`${box.root}/exec/containerd/containerd.pid`, 'utf8')) as { pid: number }).pid,
    'SIGKILL',
  )

async function withPath<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  const before = env['PATH']
  env['PATH'] = path
  try {
    return await work()
  } finally {
    env['PATH'] = before
  }
}

/** Begins a start, and kills containerd when the shim has told where it listens: it outlives containerd, and has no task yet. */
async function cutShort(id: string): Promise<{ outcome: Promise<unknown> }> {
  const outcome = box.launcher.tasks.start(box.spec(id, { args: ['sleep', '1000'] })).catch((error: unknown) => error)
  const bundle = `${box.root}/exec/containerd/io.containerd.runtime.v2.task/trestle/${id}`
  await eventually(() => access(`${bundle}/address`), { intervalMs: 1 })
  killContainerd()
  return { outcome }
}

test('a start that the death of containerd cut short leaves nothing, and the next one works', async () => {
  const id = await box.create()
  const { outcome } = await cutShort(id)
  // On a machine that is slow to kill it runs already.
  if (!((await outcome) instanceof ApiError)) await box.launcher.tasks.reap(id)
  else expect(await outcome).toMatchObject({ status: 503 })
  expect(await box.launcher.tasks.start(box.spec(id, { args: ['sleep', '1000'] }))).toMatchObject({
    pid: expect.any(Number),
  })
  await box.launcher.tasks.kill(id, 9)
  await box.launcher.tasks.reap(id)
  await box.launcher.remove(id)
  expect((await box.leftovers()).filter((line) => line.includes(id))).toEqual([])
})

test('a start that the death of both cut short is swept when they begin again', async () => {
  const id = await box.create()
  const { outcome } = await cutShort(id)
  box.launcher.close()
  await outcome
  box.launcher = await openLauncher(launcherOptions(box.root))
  box.listen()
  for (const task of await box.launcher.tasks.adopt()) await box.launcher.tasks.reap(task.id)
  expect((await box.leftovers()).filter((line) => line.includes(id))).toEqual([])
  await box.launcher.remove(id)
})

test('one that cannot be started again is a sentence at once, for what waited already, too', async () => {
  const message =
    'containerd is not installed: the program "containerd" is not in PATH (Debian: apt install containerd)'
  await withPath('/nonexistent', async () => {
    killContainerd()
    await eventually(() => expect(box.launcher.images.list()).rejects.toMatchObject({ status: 503, message }))
    await expect(box.launcher.layers.prepare('a', box.image)).rejects.toMatchObject({ status: 503, message })
  })
  await eventually(() => box.launcher.images.list())
  expect((await box.sh('echo again')).stdout).toBe('again\n')
})

test('a missing runc is named', async () => {
  const path = `${box.root}/bin`
  mkdirSync(path)
  for (const name of ['containerd', 'containerd-shim-runc-v2'])
    symlinkSync((await run(['which', name])).stdout.trim(), `${path}/${name}`)
  await withPath(path, async () => {
    killContainerd()
    const id = await eventually(() => box.create())
    await expect(box.launcher.tasks.start(box.spec(id, { args: ['true'] }))).rejects.toMatchObject({
      status: 500,
      message: 'runc is not installed: containerd does not find the program "runc" in its PATH',
    })
    expect((await box.launcher.version()).runc).toEqual({ version: 'unknown' })
    await box.launcher.remove(id)
  })
  killContainerd()
  await eventually(() => box.launcher.images.list())
  expect((await box.sh('echo again')).stdout).toBe('again\n')
})

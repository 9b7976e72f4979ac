/** netd is killed, and its containers, their output and their exit codes outlive it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { containers } from '../../../netd/containerd/api/containers.ts'
import { tasks } from '../../../netd/containerd/api/tasks.ts'
import { anyJson } from '../../../netd/containerd/api/types.ts'
import { Connection } from '../../../netd/containerd/connection.ts'
import type { LaunchSpec } from '../../../netd/containerd/launcher.ts'
import { openLauncher } from '../../../netd/containerd/open-launcher.ts'
import { identify } from '../../../netd/containerd/process.ts'
import { mkfifo } from '../../../netd/native/libc.ts'
import { eventually } from '../../support/eventually.ts'
import { launcherOptions, startFixture, type LauncherFixture } from './fixture.ts'

let box: LauncherFixture
beforeAll(async () => {
  box = await startFixture()
})
afterAll(() => box[Symbol.asyncDispose]())

const pidOfContainerd = (): number =>
  (JSON.parse(readFileSync(`${box.root}/exec/containerd/containerd.pid`, 'utf8')) as { pid: number }).pid

/** Hands the folders to another process, which starts these and is killed. */
async function startAndKill(specs: LaunchSpec[]): Promise<void> {
  box.launcher.close()
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('launcher-process.ts', import.meta.url)), box.root, JSON.stringify(specs)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  expect(line.toString()).toBe('started\n')
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

async function reopen(): Promise<void> {
  box.launcher = await openLauncher(launcherOptions(box.root))
  box.listen()
}

test('kill -9: no line is lost, standard input goes on, exit codes are told, and containerd is the same', async () => {
  const [counter, echo, ended, terminal] = [
    await box.create(),
    await box.create(),
    await box.create(),
    await box.create(),
  ]
  await startAndKill([
    box.spec(counter, { args: ['sh', '-c', 'i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i+1)); done; sleep 1000'] }),
    box.spec(echo, { args: ['cat'] }, { hasStdin: true }),
    box.spec(ended, { args: ['sh', '-c', 'sleep 0.2; exit 7'] }),
    box.spec(terminal, { args: ['sh', '-c', 'read line; echo got $line; exit 9'], isTty: true }, { hasStdin: true }),
  ])
  const containerd = pidOfContainerd()
  await reopen()
  await eventually(async () =>
    expect((await box.launcher.tasks.adopt()).find(({ id }) => id === ended)).toMatchObject({
      status: 'stopped',
      exitCode: 7,
    }),
  )
  expect(
    (await box.launcher.tasks.adopt())
      .filter(({ status }) => status === 'running')
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual([counter, echo, terminal].toSorted())
  expect(pidOfContainerd()).toBe(containerd)

  const expected = Array.from({ length: 20_000 }, (_, count) => `${count}\n`).join('')
  await eventually(async () => expect((await box.log(counter)).length).toBe(expected.length))
  expect(await box.log(counter)).toBe(expected)
  expect(await box.log(counter, { tail: 2 })).toBe('19998\n19999\n')

  box.launcher.tasks.stdin(echo)?.stream.write('after the kill\n')
  await eventually(async () => expect(await box.log(echo)).toBe('after the kill\n'))
  await box.launcher.tasks.stdin(echo)?.end()
  expect((await box.exited(echo)).exitCode).toBe(0)

  box.launcher.tasks.stdin(terminal)?.stream.write('typed\n')
  expect((await box.exited(terminal)).exitCode).toBe(9)
  await box.launcher.tasks.reap(terminal)
  expect(await box.log(terminal)).toBe('typed\r\ngot typed\r\n')
  for (const id of [counter]) await box.end(id)
  for (const id of [echo, ended, terminal]) {
    await box.launcher.tasks.reap(id)
    await box.launcher.remove(id)
  }
})

test('an orderly end and a new beginning: containerd and containers go on', async () => {
  const id = await box.start({ args: ['sh', '-c', 'echo one; read line; echo two; exit 5'] }, { hasStdin: true })
  const before = pidOfContainerd()
  box.launcher.close()
  await reopen()
  expect(pidOfContainerd()).toBe(before)
  expect(await box.launcher.tasks.adopt()).toMatchObject([{ id, status: 'running' }])
  box.launcher.tasks.stdin(id)?.stream.write('\n')
  expect((await box.exited(id)).exitCode).toBe(5)
  await box.launcher.tasks.reap(id)
  expect(await box.log(id)).toBe('one\ntwo\n')
  await box.launcher.remove(id)
})

test('a containerd that is killed is started again, and an exit meanwhile is told', async () => {
  const [ends, stays] = [
    await box.start({ args: ['sh', '-c', 'read line; exit 6'] }, { hasStdin: true }),
    await box.start({ args: ['sleep', '1000'] }),
  ]
  process.kill(pidOfContainerd(), 'SIGKILL')
  box.launcher.tasks.stdin(ends)?.stream.write('\n')
  expect((await box.exited(ends)).exitCode).toBe(6)
  expect((await box.end(stays)).exitCode).toBe(137)
  await box.launcher.tasks.reap(ends)
  await box.launcher.remove(ends)
})

test('a containerd that does not answer is replaced', async () => {
  await startAndKill([])
  const before = pidOfContainerd()
  process.kill(before, 'SIGSTOP')
  await reopen()
  expect(pidOfContainerd()).not.toBe(before)
  expect(identify(before)).toBeUndefined()
})

test('what still runs is killed by a reap, and waited for', async () => {
  const ids = await Promise.all([1, 2, 3, 4].map(() => box.start({ args: ['sleep', '1000'] })))
  await Promise.all(ids.map((id) => box.launcher.tasks.reap(id)))
  expect(await box.launcher.tasks.adopt()).toEqual([])
  for (const id of ids) await box.launcher.remove(id)
})

test('an exec whose start was cut short is ended, and its container is adopted as it is', async () => {
  const id = await box.start({ args: ['sleep', '1000'] })
  box.launcher.close()
  // What a daemon has done when it is killed in the middle: the shim waits for a reader that will not come.
  const connection = new Connection(`${box.root}/exec/containerd/containerd.sock`, 'trestle')
  const folder = `${box.root}/exec/io/${id}/cut`
  mkdirSync(folder, { recursive: true })
  for (const name of ['stdout', 'stderr']) mkfifo(`${folder}/${name}`, 0o600)
  const { container } = await connection.call(containers.get, { id })
  const { process: init } = JSON.parse(Buffer.from(container!.spec!.value).toString())
  const spec = anyJson('types.containerd.io/opencontainers/runtime-spec/1/Process', { ...init, args: ['sleep', '500'] })
  const exec = { containerId: id, execId: 'cut' }
  await connection.call(tasks.exec, { ...exec, spec, stdout: `${folder}/stdout`, stderr: `${folder}/stderr` })
  const starting = connection.call(tasks.start, exec).catch(() => {})
  await eventually(async () =>
    expect((await connection.call(tasks.list, {})).tasks).toMatchObject([{ id, pid: 0, status: 0 }]),
  )
  await reopen()
  const [task] = await box.launcher.tasks.adopt()
  expect(task).toMatchObject({ id, status: 'running' })
  await eventually(async () => expect(await box.launcher.tasks.pids(id)).toEqual([task!.pid]))
  await starting
  connection.close()
  expect(existsSync(folder)).toBe(false)
  const { process: echo } = box.spec(id, { args: ['echo', 'here'] })
  const { io } = await box.launcher.tasks.exec(id, 'next', echo, { hasStdin: false })
  expect(await text(io.stdout)).toBe('here\n')
  await box.end(id)
})

test('a container whose input has ended, and one whose log cannot be read, go on like every other', async () => {
  const ended = await box.start({ args: ['sh', '-c', 'cat; sleep 1000'] }, { hasStdin: true })
  const unreadable = await box.start({ args: ['sleep', '1000'] })
  box.launcher.tasks.stdin(ended)?.stream.write('hi\n')
  await eventually(async () => expect(await box.log(ended)).toBe('hi\n'))
  await box.launcher.tasks.stdin(ended)?.end()
  box.launcher.close()
  const log = `${box.root}/data/containers/${unreadable}/log`
  rmSync(log, { recursive: true })
  writeFileSync(log, 'not a folder')
  await reopen()
  expect(new Map((await box.launcher.tasks.adopt()).map(({ id, status }) => [id, status]))).toEqual(
    new Map([
      [ended, 'running'],
      [unreadable, 'running'],
    ]),
  )
  expect(box.launcher.tasks.stdin(ended)).toBeUndefined()
  expect((await box.end(ended)).exitCode).toBe(137)
  expect((await box.end(unreadable)).exitCode).toBe(137)
})

test('a task whose record is lost is ended, and the others are adopted', async () => {
  const [lost, kept] = [await box.start({ args: ['sleep', '1000'] }), await box.start({ args: ['sleep', '1000'] })]
  const pid = (await box.launcher.tasks.adopt()).find(({ id }) => id === lost)!.pid
  box.launcher.close()
  const connection = new Connection(`${box.root}/exec/containerd/containerd.sock`, 'trestle')
  await connection.call(containers.delete, { id: lost })
  connection.close()
  await reopen()
  expect((await box.launcher.tasks.adopt()).map(({ id }) => id)).toContain(kept)
  await eventually(() => expect(identify(pid)).toBeUndefined())
})

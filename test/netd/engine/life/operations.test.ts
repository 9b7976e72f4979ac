/** What is done to a container at once, or at the wrong moment. The engine is real; processes obey the test. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { EndedError, type ExitEvent, type Launcher, type RunningTask } from '../../../../netd/containerd/launcher.ts'
import { adoptContainers } from '../../../../netd/engine/containers/adopt.ts'
import { attachContainer } from '../../../../netd/engine/containers/attach.ts'
import { followExits } from '../../../../netd/engine/containers/exit.ts'
import { inspectContainer } from '../../../../netd/engine/containers/inspect.ts'
import { killContainer } from '../../../../netd/engine/containers/kill.ts'
import { pauseContainer } from '../../../../netd/engine/containers/pause.ts'
import { removeContainer } from '../../../../netd/engine/containers/remove.ts'
import { restartContainer } from '../../../../netd/engine/containers/restart.ts'
import { startContainer } from '../../../../netd/engine/containers/start.ts'
import { stopContainer } from '../../../../netd/engine/containers/stop.ts'
import { waitForContainer } from '../../../../netd/engine/containers/wait.ts'
import { createExec } from '../../../../netd/engine/exec/create.ts'
import { openLaboratory, type Laboratory } from '../engine-in.ts'

/** Processes that exist in name only: each ends when it is killed, or when the test says so. */
class Processes {
  readonly running = new Set<string>()
  /** What the next start waits for. */
  gate: Promise<void> = Promise.resolve()
  /** What a start fails with. */
  failure: Error | undefined
  tasks: RunningTask[] = []
  left: string[] = []
  removal: (id: string) => Promise<void> = async () => {}
  reaping: (id: string) => Promise<void> = async () => {}
  #tell: (event: ExitEvent) => void = () => {}

  end(id: string, exitCode: number): void {
    if (this.running.delete(id)) this.#tell({ id, exitCode, exitedAt: new Date(), isOomKilled: false })
  }

  readonly launcher = {
    tasks: {
      onExit: (listener: (event: ExitEvent) => void) => (this.#tell = listener),
      start: async ({ id }: { id: string }) => {
        await this.gate
        if (this.failure !== undefined) throw this.failure
        this.running.add(id)
        return { pid: 1 }
      },
      kill: async (id: string, signal: number) => this.end(id, 128 + signal),
      pause: async (id: string) => {
        if (!this.running.has(id)) throw new EndedError(id)
      },
      resume: async () => {},
      reap: (id: string) => this.reaping(id),
      adopt: async () => this.tasks,
    },
    logs: { output: async function* () {} },
    leftBehind: async () => this.left,
    remove: (id: string) => this.removal(id),
  } as unknown as Launcher
}

let lab: Laboratory
let processes: Processes
let count = 0
beforeAll(async () => {
  lab = await openLaboratory()
})
afterAll(() => lab[Symbol.asyncDispose]())
beforeEach(() => {
  processes = new Processes()
  lab.engine.launcher = processes.launcher
  followExits(lab.engine)
})

type Host = Parameters<Laboratory['container']>[2]
function make(hostConfig: Host = {}): { id: string; status: () => string } {
  const { id } = lab.container(`web${(count += 1)}`, {}, { NetworkMode: 'host', ...hostConfig })
  return { id, status: () => inspectContainer(lab.engine, id).status }
}

const restarting = (id: string): string => `Container ${id} is restarting, wait until the container is running`

test('one that waits for its restart: kill and stop end that, and the rest is refused', async () => {
  const { engine } = lab
  const { id, status } = make({ RestartPolicy: { Name: 'always' } })
  await startContainer(engine, id)
  for (const end of [() => killContainer(engine, id, undefined), () => stopContainer(engine, id, {})]) {
    engine.lives.of(id).lastDelayMs = 60_000
    processes.end(id, 1)
    await engine.locks.run(`container:${id}`, async () => {})
    expect(status()).toBe('restarting')
    await expect(pauseContainer(engine, id)).rejects.toMatchObject({ status: 409, message: restarting(id) })
    expect(() => createExec(engine, id, { Cmd: ['true'] })).toThrow(restarting(id))
    expect(() => attachContainer(engine, id, { ...streams })).toThrow(/is restarting, wait until/)
    expect(await startContainer(engine, id)).toBe(false)
    const waiting = waitForContainer(engine, id, 'not-running', AbortSignal.timeout(10_000))
    await end()
    expect(await waiting).toBe(1)
    expect(status()).toBe('exited')
    await startContainer(engine, id)
  }
  await removeContainer(engine, id, { isForced: true })
})
const streams = { withLogs: false, isStream: true, stdin: false, stdout: true, stderr: true }

test('restarts that fail wait longer and longer, however long the last run was', async () => {
  const { engine } = lab
  const { id } = make({ RestartPolicy: { Name: 'always' } })
  await startContainer(engine, id)
  engine.store.containers.get(id)!.state.startedAt = new Date(Date.now() - 3_600_000).toISOString()
  processes.failure = new Error('no such file')
  const life = engine.lives.of(id)
  const delays: unknown[] = []
  processes.end(id, 1)
  while (delays.length < 3) {
    await life.next(({ move }) => move === 'restart')
    await engine.locks.run(`container:${id}`, async () => {})
    delays.push(life.lastDelayMs)
  }
  expect(delays).toEqual([100, 200, 400])
  await removeContainer(engine, id, { isForced: true })
})

test('a start that failed says why, also when --rm cannot remove what is left', async () => {
  const { engine } = lab
  const { id } = make({ AutoRemove: true })
  processes.failure = new Error('no such file')
  processes.removal = () => Promise.reject(new Error('the disk is gone'))
  await expect(startContainer(engine, id)).rejects.toThrow('no such file')
  expect(lab.messages.at(-1)).toMatch(/could not be removed after its start failed: the disk is gone$/)
  processes.removal = async () => {}
  await removeContainer(engine, id, { isForced: true })
})

test('overlapping restarts leave a --rm container what it is, and its end is the end', async () => {
  const { engine } = lab
  const { id, status } = make({ AutoRemove: true })
  await startContainer(engine, id)
  const gate = Promise.withResolvers<void>()
  processes.gate = gate.promise
  const restarts = [1, 2].map(() => restartContainer(engine, id, { graceSeconds: 1 }))
  await engine.lives.of(id).next(({ to }) => to === 'exited')
  // What a daemon that begins now would read.
  expect(engine.store.containers.get(id)?.options.isRemovedAtExit).toBe(true)
  gate.resolve()
  await Promise.all(restarts)
  expect(status()).toBe('running')
  const gone = waitForContainer(engine, id, 'removed', AbortSignal.timeout(10_000))
  processes.end(id, 3)
  expect(await gone).toBe(3)
})

test('a process that ended a moment ago cannot be paused, and that is no failure of the daemon', async () => {
  const { engine } = lab
  const { id, status } = make()
  await startContainer(engine, id)
  processes.running.delete(id)
  await expect(pauseContainer(engine, id)).rejects.toMatchObject({
    status: 409,
    message: `Container ${id} is not running`,
  })
  expect(status()).toBe('running')
})

test('one that could not be removed is dead until it is', async () => {
  const { engine } = lab
  const { id, status } = make()
  processes.removal = () => Promise.reject(new Error('the disk is gone'))
  await expect(removeContainer(engine, id, { isForced: false })).rejects.toThrow('the disk is gone')
  expect(status()).toBe('dead')
  await expect(startContainer(engine, id)).rejects.toMatchObject({
    status: 409,
    message: 'container is marked for removal and cannot be started',
  })
  processes.removal = async () => {}
  await removeContainer(engine, id, { isForced: false })
  expect(engine.store.containers.get(id)).toBeUndefined()
})

test('of a container whose record was set aside the process is ended; of one without a record nothing stays', async () => {
  const done: string[] = []
  const { id: aside } = make()
  lab.engine.store.containers.setAside(aside, 'odd')
  const lost = 'f'.repeat(64)
  processes.tasks = [aside, lost].map((id) => ({ id, pid: 1, status: 'running' }))
  processes.left = [aside, lost]
  processes.reaping = async (id) => void done.push(`reaped ${id}`)
  processes.removal = async (id) => void done.push(`removed ${id}`)
  await adoptContainers(lab.engine)
  const ofThese = done.filter((what) => what.endsWith(aside) || what.endsWith(lost))
  expect(ofThese).toEqual([`reaped ${aside}`, `reaped ${lost}`, `removed ${lost}`])
  expect(lab.messages).toContain('a process without a record is ended')
})

test.each([true, false])('a removal that a crash cut off goes on: with volumes is %s', async (withVolumes) => {
  const { engine } = lab
  const { id } = make()
  const container = engine.store.containers.get(id)!
  const volume = { source: id, target: '/data', mode: '', isReadOnly: false, isAnonymous: true }
  container.mounts.push({ type: 'volume', ...volume })
  engine.store.volumes.put(id, { name: id, createdAt: engine.now().toISOString(), labels: null, options: null })
  const crash = Promise.withResolvers<void>()
  processes.removal = () => crash.promise
  const cutOff = expect(removeContainer(engine, id, { isForced: false, withVolumes })).rejects.toThrow('crash')
  await engine.lives.of(id).next(({ to }) => to === 'removing')
  const left = structuredClone(container)
  crash.reject(new Error('crash'))
  await cutOff
  engine.store.containers.put(id, left)
  processes.removal = async () => {}
  await adoptContainers(engine)
  expect(engine.store.containers.get(id)).toBeUndefined()
  expect(engine.store.volumes.get(id) === undefined).toBe(withVolumes)
})

test('one that cannot be adopted is set aside, a removal goes on, and every other is what it was', async () => {
  const { engine } = lab
  const [fine, lost, half] = [make(), make({ RestartPolicy: { Name: 'always' } }), make()]
  for (const { id } of [fine, lost]) await startContainer(engine, id)
  const record = (id: string) => engine.store.containers.get(id)!
  record(half.id).state.status = 'removing'
  processes.tasks = [{ id: fine.id, pid: 1, status: 'paused' }]
  Object.assign(record(lost.id), { options: undefined })
  await adoptContainers(engine)
  expect(fine.status()).toBe('paused')
  expect(record(lost.id).state).toMatchObject({ status: 'exited', exitCode: 255 })
  expect(record(lost.id).state.error).not.toBe('')
  expect(engine.store.containers.get(half.id)).toBeUndefined()
  expect(lab.messages.join('\n')).toMatch(/container web\d+ could not be adopted/)
})

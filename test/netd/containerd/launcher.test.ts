/** A container from start to removal, against a real containerd and runc. */
import { readFileSync, writeFileSync } from 'node:fs'
import { pid as ownPid } from 'node:process'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { run } from '../../support/run.ts'
import { isInCgroupOf } from '../../../netd/containerd/process.ts'
import { searchPath, startFixture, type LauncherFixture } from './fixture.ts'

let box: LauncherFixture
beforeAll(async () => {
  box = await startFixture()
})
afterAll(() => box[Symbol.asyncDispose]())

const process = { env: [searchPath], cwd: '', user: '', isTty: false, isPrivileged: false }

describe('a container', () => {
  test('runs to its end, and its output and exit code are told', async () => {
    const { exit, stdout, stderr } = await box.sh('echo out; echo err >&2; exit 3')
    expect([exit.exitCode, stdout, stderr]).toEqual([3, 'out\n', 'err\n'])
  })

  test('that a signal ends has 128 and the signal as its exit code', async () => {
    const id = await box.start({ args: ['sleep', '1000'] })
    await box.launcher.tasks.kill(id, 9)
    expect((await box.exited(id)).exitCode).toBe(137)
    await box.end(id)
  })

  test('that is paused is killed, too, as soon as it goes on', async () => {
    const id = await box.start({ args: ['sleep', '1000'] })
    await box.launcher.tasks.pause(id)
    await box.launcher.tasks.kill(id, 9)
    await box.launcher.tasks.resume(id).catch(() => {})
    expect((await box.exited(id)).exitCode).toBe(137)
    await box.end(id)
  })

  test('is told from a process that has its number by now', async () => {
    const id = await box.start({ args: ['sleep', '1000'] })
    const [pid] = await box.launcher.tasks.pids(id)
    expect([isInCgroupOf(pid!, id), isInCgroupOf(ownPid, id)]).toEqual([true, false])
    await box.end(id)
    expect(isInCgroupOf(pid!, id)).toBe(false)
    await expect(box.launcher.tasks.kill(id, 9)).resolves.toBeUndefined()
  })

  test('lists its processes, pauses and goes on', async () => {
    const id = await box.start({ args: ['sh', '-c', 'sleep 1000 & wait'] })
    await eventually(async () => expect(await box.launcher.tasks.pids(id)).toHaveLength(2))
    await box.launcher.tasks.pause(id)
    expect((await box.launcher.tasks.adopt()).find((task) => task.id === id)?.status).toBe('paused')
    await box.launcher.tasks.resume(id)
    expect((await box.launcher.tasks.adopt()).find((task) => task.id === id)?.status).toBe('running')
    await box.end(id)
  })

  test('starts again with the files it wrote before', async () => {
    const id = await box.start({ args: ['sh', '-c', 'echo kept > /file'] })
    await box.exited(id)
    await box.launcher.tasks.reap(id)
    await box.launcher.tasks.start(box.spec(id, { args: ['cat', '/file'] }))
    await eventually(async () => expect(await box.log(id)).toBe('kept\n'))
    await box.launcher.tasks.reap(id)
    await box.launcher.remove(id)
  })

  test('joins the network namespace it is given', async () => {
    await box.namespace.run(['ip', 'link', 'add', 'proof0', 'type', 'bridge'])
    expect((await box.sh('ls /sys/class/net')).stdout).toContain('proof0')
  })

  test('reads what is written to its standard input, to the end', async () => {
    const id = await box.start({ args: ['sh', '-c', 'cat; echo done'] }, { hasStdin: true })
    box.launcher.tasks.stdin(id)?.stream.write('first\n')
    await eventually(async () => expect(await box.log(id)).toBe('first\n'))
    box.launcher.tasks.stdin(id)?.stream.write('second\n')
    await box.launcher.tasks.stdin(id)?.end()
    expect((await box.exited(id)).exitCode).toBe(0)
    await box.launcher.tasks.reap(id)
    expect(await box.log(id)).toBe('first\nsecond\ndone\n')
    await box.launcher.remove(id)
  })

  test('has a terminal of the size asked for, and of a new size', async () => {
    const script = 'trap "stty size; exit" WINCH; tty; stty size; while :; do sleep 0.05; done'
    const id = await box.start(
      { args: ['sh', '-c', script], isTty: true, consoleSize: { rows: 30, columns: 90 } },
      { hasStdin: true },
    )
    await eventually(async () => expect(await box.log(id)).toBe('/dev/pts/0\r\n30 90\r\n'))
    await box.launcher.tasks.resize(id, { rows: 40, columns: 120 })
    await box.exited(id)
    await box.launcher.tasks.reap(id)
    expect(await box.log(id)).toBe('/dev/pts/0\r\n30 90\r\n40 120\r\n')
    await box.launcher.remove(id)
  })
})

describe('the runtime', () => {
  test('is the program that is asked for, from the start to the end', async () => {
    const path = `${box.root}/noting-runc`
    writeFileSync(path, `#!/bin/sh\necho "$@" >> ${path}.calls\nexec runc "$@"\n`, { mode: 0o755 })
    const { stdout } = await box.sh('echo made', { runtime: { name: 'noting', path } })
    expect(stdout).toBe('made\n')
    const calls = readFileSync(`${path}.calls`, 'utf8')
    for (const verb of [' create ', ' start ', ' delete ']) expect(calls).toContain(verb)
  })

  test.each(['nothere', '/usr/nothere'])('that is not there is named: %s', async (path) => {
    await expect(box.sh('true', { runtime: { name: 'mine', path } })).rejects.toMatchObject({
      status: 500,
      message: `${path} is not installed: containerd does not find the program "${path}" in its PATH`,
    })
  })
})

describe('a command that cannot be started', () => {
  const failure = async (args: string[]) => {
    const id = await box.create()
    const error: unknown = await box.launcher.tasks.start(box.spec(id, { args })).catch((thrown: unknown) => thrown)
    await box.launcher.remove(id)
    return error
  }

  test('because it is not there is 400, exit code 127', async () => {
    expect(await failure(['nope'])).toMatchObject({
      status: 400,
      exitCode: 127,
      message: expect.stringMatching(
        /^failed to create shim task: OCI runtime create failed: .*exec: "nope": executable file not found in \$PATH: unknown$/,
      ),
    })
  })

  test('because it is no program is 400, exit code 126', async () => {
    expect(await failure(['/etc/passwd'])).toMatchObject({
      status: 400,
      exitCode: 126,
      message: expect.stringContaining('permission denied'),
    })
  })

  test('because its network did not come about is that error, and the process never ran', async () => {
    const id = await box.create()
    const spec = box.spec(id, { args: ['sh', '-c', 'echo ran > /ran'] })
    const ready = Promise.reject(new Error('no network'))
    ready.catch(() => {})
    await expect(box.launcher.tasks.start(spec, ready)).rejects.toThrow('no network')
    await box.launcher.tasks.start(box.spec(id, { args: ['sh', '-c', 'test ! -e /ran'] }), Promise.resolve())
    expect((await box.exited(id)).exitCode).toBe(0)
    await box.launcher.tasks.reap(id)
    await box.launcher.remove(id)
  })

  test('for two reasons at once is the first of them, and nobody hears of the other', async () => {
    const mounts = [{ type: 'bind' as const, source: '/nowhere', target: '/data' }]
    const start = box.launcher.tasks.start(box.spec('no-such-layer', { args: ['true'] }, { mounts: mounts as never }))
    await expect(start).rejects.toThrow('bind source path does not exist: /nowhere')
    // Answered after whatever was asked of containerd before.
    expect(await box.launcher.tasks.adopt()).toEqual([])
  })

  test('because runc would wait for a FIFO in place of /etc/passwd is 400, in the image and in a running container', async () => {
    const message = '/etc/passwd in the container is a FIFO, not a regular file'
    const id = await box.start({ args: ['sh', '-c', 'rm /etc/passwd; mkfifo /etc/passwd; echo made; sleep 1000'] })
    await eventually(async () => expect(await box.log(id)).toBe('made\n'))
    const entered = box.launcher.tasks.exec(id, 'odd', { ...process, args: ['true'] }, { hasStdin: false })
    await expect(entered).rejects.toMatchObject({ status: 400, message })
    await box.launcher.tasks.kill(id, 9)
    await box.exited(id)
    await box.launcher.tasks.reap(id)
    const again = box.launcher.tasks.start(box.spec(id, { args: ['true'] }))
    await expect(again).rejects.toMatchObject({ status: 400, message })
    await box.launcher.remove(id)
    await run(['mkfifo', `${box.root}/group`])
    const mount = { type: 'bind', source: `${box.root}/group`, target: '/etc/group', isReadOnly: false } as const
    await expect(box.start({ args: ['true'] }, { mounts: [mount] })).rejects.toMatchObject({
      status: 400,
      message: '/group in the container is a FIFO, not a regular file',
    })
  })

  test('leaves nothing that hinders the next start', async () => {
    const id = await box.create()
    await box.launcher.tasks.start(box.spec(id, { args: ['nope'] })).catch(() => {})
    await box.launcher.tasks.start(box.spec(id, { args: ['true'] }))
    expect((await box.exited(id)).exitCode).toBe(0)
    await box.launcher.tasks.reap(id)
    await box.launcher.remove(id)
  })
})

describe('an exec', () => {
  test('has its own streams and exit code', async () => {
    const id = await box.start({ args: ['sleep', '1000'] })
    const { io } = await box.launcher.tasks.exec(
      id,
      'one',
      { ...process, args: ['sh', '-c', 'cat; echo err >&2; exit 4'] },
      { hasStdin: true },
    )
    io.stdin?.write('typed\n')
    const output = Promise.all([text(io.stdout), text(io.stderr)])
    io.stdin?.end()
    expect(await output).toEqual(['typed\n', 'err\n'])
    expect((await box.exited(id, 'one')).exitCode).toBe(4)
    await box.end(id)
  })

  test('of a terminal answers on one stream', async () => {
    const id = await box.start({ args: ['sleep', '1000'] })
    const { io } = await box.launcher.tasks.exec(
      id,
      'tty',
      { ...process, args: ['sh', '-c', 'tty; echo err >&2'], isTty: true },
      { hasStdin: false },
    )
    expect(await Promise.all([text(io.stdout), text(io.stderr)])).toEqual(['/dev/pts/0\r\nerr\r\n', ''])
    await box.end(id)
  })

  test('hands on more than a pipe holds', async () => {
    const id = await box.start({ args: ['sleep', '1000'] })
    const { io } = await box.launcher.tasks.exec(
      id,
      'big',
      { ...process, args: ['sh', '-c', 'seq 200000'] },
      { hasStdin: false },
    )
    expect((await text(io.stdout)).split('\n')).toHaveLength(200_001)
    await box.end(id)
  })

  test('of a command that is not there is 400, exit code 127, and the container runs on', async () => {
    const id = await box.start({ args: ['sleep', '1000'] })
    const failed = box.launcher.tasks.exec(id, 'nope', { ...process, args: ['nope'] }, { hasStdin: false })
    await expect(failed).rejects.toMatchObject({
      status: 400,
      exitCode: 127,
      message: expect.stringContaining('OCI runtime exec failed'),
    })
    expect(await box.launcher.tasks.pids(id)).toHaveLength(1)
    await box.end(id)
  })
})

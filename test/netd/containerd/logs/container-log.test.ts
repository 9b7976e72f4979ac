/** Queries on the log of a container, with the shim's part played by appending to the files that it would write. */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LogEntry, LogQuery } from '../../../../netd/containerd/launcher.ts'
import { ContainerLog } from '../../../../netd/containerd/logs/container-log.ts'
import { watchFile } from '../../../../netd/containerd/logs/watch-file.ts'
import type { Run } from '../../../../netd/containerd/logs/run.ts'
import { silent } from '../fixture.ts'

let folder: string
let clock: number
let log: ContainerLog
let controller: AbortController
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trestle-log-'))
  clock = 1_000
  log = new ContainerLog(folder, { now: () => new Date(clock), log: silent })
  controller = new AbortController()
})
afterEach(() => {
  log.end()
  rmSync(folder, { recursive: true })
})

/** Output at a time of the test's choosing. */
function write(run: Run, text: string, stream: 'stdout' | 'stderr' = 'stdout', timeMs = clock): void {
  clock = timeMs
  appendFileSync(run.paths[stream], text)
  run.noteAll()
}

const query = (more: Partial<LogQuery> = {}): AsyncGenerator<LogEntry> =>
  log.query({ isFollow: false, stdout: true, stderr: true, signal: controller.signal, ...more })

const lines = async (more: Partial<LogQuery> = {}): Promise<string[]> =>
  (await Array.fromAsync(query(more))).map(({ data }) => data.toString())

describe('a query', () => {
  test('gives lines whole, in the order in which they were finished', async () => {
    const run = log.begin(false)
    write(run, 'one\ntw')
    write(run, 'error\n', 'stderr')
    write(run, 'o\nthree')
    expect(await lines()).toEqual(['one\n', 'error\n', 'two\n', 'three'])
    expect(await lines({ stderr: false })).toEqual(['one\n', 'two\n', 'three'])
    expect(await lines({ stdout: false })).toEqual(['error\n'])
  })

  test('begins at "since" and ends at "until"', async () => {
    const run = log.begin(false)
    for (const timeMs of [1_000, 2_000, 3_000, 4_000]) write(run, `${timeMs}\n`, 'stdout', timeMs)
    expect(await lines({ since: new Date(2_000), until: new Date(3_000) })).toEqual(['2000\n', '3000\n'])
    expect(await lines({ since: new Date(2_001) })).toEqual(['3000\n', '4000\n'])
    expect(await lines({ until: new Date(3_999), tail: 1 })).toEqual(['3000\n'])
  })

  test.for([
    [0, []],
    [1, ['last']],
    [3, ['8\n', '9\n', 'last']],
    [100, ['0\n', '1\n', '2\n', '3\n', '4\n', '5\n', '6\n', '7\n', '8\n', '9\n', 'last']],
  ] as const)('gives the last %i lines', async ([tail, expected]) => {
    const run = log.begin(false)
    for (let count = 0; count < 10; count += 1) write(run, `${count}\n`)
    write(run, 'last')
    expect(await lines({ tail })).toEqual(expected)
  })

  test('gives the last lines of all runs', async () => {
    write(log.begin(false), 'a\nb\nc\n')
    log.end()
    write(log.begin(false), 'd\n')
    log.end()
    expect(await lines({ tail: 2 })).toEqual(['c\n', 'd\n'])
    expect(await lines()).toEqual(['a\n', 'b\n', 'c\n', 'd\n'])
  })

  test('for the tail of a large log reads its end only', async () => {
    const run = log.begin(false)
    const line = `${'x'.repeat(1023)}\n`
    write(run, line.repeat(64 * 1024))
    expect(statSync(run.paths.stdout).size).toBe(64 * 1024 * 1024)
    let bytes = 0
    const read = run.read.bind(run)
    run.read = (record) => {
      bytes += record.length
      return read(record)
    }
    expect(await lines({ tail: 10 })).toEqual(Array.from({ length: 10 }, () => line))
    expect(bytes).toBeLessThan(1024 * 1024)
  })

  test('gives a line without an end in parts', async () => {
    write(log.begin(false), 'x'.repeat(1_000_000))
    const parts = await lines()
    expect(parts.join('')).toHaveLength(1_000_000)
    expect(Math.max(...parts.map((part) => part.length))).toBeLessThan(400_000)
  })
})

describe('a follow', () => {
  test('goes on until the run ends', async () => {
    const run = log.begin(false)
    write(run, 'before\n')
    const following = lines({ isFollow: true })
    await new Promise(setImmediate)
    appendFileSync(run.paths.stdout, 'after\nrest')
    log.end()
    expect(await following).toEqual(['before\n', 'after\n', 'rest'])
  })

  test('is woken by what is written', async () => {
    const run = log.begin(false)
    const entries = query({ isFollow: true })
    for (const line of ['one\n', 'two\n']) {
      const next = entries.next()
      appendFileSync(run.paths.stdout, line)
      expect((await next).value?.data.toString()).toBe(line)
    }
    await entries.return(undefined)
  })

  test('after a tail goes on where that ended', async () => {
    const run = log.begin(false)
    write(run, 'one\ntwo\nthr')
    const entries = query({ isFollow: true, tail: 1 })
    expect((await entries.next()).value?.data.toString()).toBe('two\n')
    const next = entries.next()
    appendFileSync(run.paths.stdout, 'ee\n')
    expect((await next).value?.data.toString()).toBe('three\n')
    await entries.return(undefined)
  })

  test('of a terminal shows what has no newline yet', async () => {
    write(log.begin(true), '$ ')
    const entries = query({ isFollow: true })
    expect((await entries.next()).value?.data.toString()).toBe('$ ')
    await entries.return(undefined)
  })

  test('ends with its signal', async () => {
    log.begin(false)
    const following = lines({ isFollow: true })
    controller.abort()
    expect(await following).toEqual([])
  })

  test('of what does not run ends at once', async () => {
    write(log.begin(false), 'all\n')
    log.end()
    expect(await lines({ isFollow: true })).toEqual(['all\n'])
  })
})

describe('output, for who attaches', () => {
  const all = async (entries: AsyncIterable<LogEntry>): Promise<string> =>
    (await Array.fromAsync(entries)).map(({ data }) => data.toString()).join('')

  test('is what comes after the call, even if it is read later', async () => {
    const run = log.begin(false)
    write(run, 'before\n')
    const output = log.output(controller.signal)
    write(run, 'after\n')
    log.end()
    expect(await all(output)).toBe('after\n')
  })

  test('waits for the start', async () => {
    const output = log.output(controller.signal)
    const run = log.begin(false)
    write(run, 'first\n')
    log.end()
    expect(await all(output)).toBe('first\n')
  })

  test('ends when the start fails or the signal fires', async () => {
    const [failed, aborted] = [log.output(new AbortController().signal), log.output(controller.signal)]
    controller.abort()
    log.begin(false)
    log.end()
    expect(await Promise.all([all(failed), all(aborted)])).toEqual(['', ''])
  })
})

describe('after the daemon was killed', () => {
  test('what came meanwhile is there, and nothing twice', async () => {
    const before = log.begin(false)
    write(before, 'noted\n')
    before.detach()
    appendFileSync(before.paths.stdout, 'meanwhile\n')
    log = new ContainerLog(folder, { now: () => new Date(5_000), log: silent })
    const run = log.resume(false)
    write(run, 'later\n')
    expect(await lines()).toEqual(['noted\n', 'meanwhile\n', 'later\n'])
    expect(await lines({ since: new Date(4_000) })).toEqual(['meanwhile\n', 'later\n'])
  })

  test('a record of the index that was torn is written again', async () => {
    const before = log.begin(false)
    write(before, 'one\n')
    write(before, 'two\n')
    before.detach()
    truncateSync(`${folder}/1/index`, 16 + 5)
    log = new ContainerLog(folder, { now: () => new Date(5_000), log: silent })
    log.resume(false)
    expect(await lines()).toEqual(['one\n', 'two\n'])
  })
})

test('on a full disk what is noted is kept in memory, and everything can be read', async () => {
  mkdirSync(`${folder}/1`)
  for (const stream of ['stdout', 'stderr']) writeFileSync(`${folder}/1/${stream}`, '')
  symlinkSync('/dev/full', `${folder}/1/index`)
  const run = log.resume(false)
  const followed = lines({ isFollow: true })
  for (let line = 0; line < 20; line += 1) write(run, `${line}\n`, line % 2 === 0 ? 'stdout' : 'stderr', 2_000 + line)
  expect(await lines({ tail: 3 })).toEqual(['17\n', '18\n', '19\n'])
  expect(await lines({ since: new Date(2_018) })).toEqual(['18\n', '19\n'])
  log.end()
  expect(await followed).toEqual(Array.from({ length: 20 }, (_, line) => `${line}\n`))
  // Of what was lost with the daemon, only the times and the order of the two streams are.
  rmSync(`${folder}/1/index`)
  expect(await lines({ stderr: false })).toEqual(Array.from({ length: 10 }, (_, line) => `${2 * line}\n`))
})

test('a file that the kernel does not watch is looked at', async () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const watching = watchFile('/nonexistent/log', { onChange: () => resolve('looked'), log: silent })
  expect(await promise).toBe('looked')
  watching.close()
})

/** `docker logs`: since, until, tail and follow over the runs of a container. */
import type { LogEntry, LogQuery } from '../launcher.ts'
import type { IndexRecord } from './index-file.ts'
import { countNewlines, LineAssembler } from './lines.ts'
import type { Run } from './run.ts'

interface Range {
  run: Run
  from: number
  to: number
}

type Selects = (record: IndexRecord) => boolean

/** `runs`, oldest first; the last may be going on. */
export async function* queryLogs(runs: readonly Run[], query: LogQuery): AsyncGenerator<LogEntry> {
  const live = runs.at(-1)?.isLive ? runs.at(-1) : undefined
  live?.retain()
  try {
    yield* read(runs, live, query)
  } finally {
    live?.release()
  }
}

async function* read(runs: readonly Run[], live: Run | undefined, query: LogQuery): AsyncGenerator<LogEntry> {
  const selects: Selects = (record) => query[record.stream]
  const assembler = new LineAssembler()
  const held: LogEntry[] = []
  let position = 0
  // Lines at the very start may lack their beginning, so more is read than asked and the surplus dropped.
  const ranges =
    query.tail === undefined ? runs.map((run) => ({ run })) : lastRanges(runs, query, query.tail + 2, selects)
  for (const { run, ...known } of ranges) {
    run.retain()
    try {
      const { from, to } = { ...bounds(run, query), ...known }
      position = to
      const isFlushed = run !== live || !query.isFollow || run.isTty
      for (const entry of rangeLines(run, from, to, { assembler, selects, isFlushed })) {
        if (query.signal.aborted) return
        if (query.tail === undefined) yield entry
        else {
          held.push(entry)
          if (held.length > query.tail) held.shift()
        }
      }
    } finally {
      run.release()
    }
  }
  yield* held
  if (query.isFollow && live !== undefined) yield* follow(live, position, { query, assembler, selects })
}

/** The records between "since" and "until", after noting what a run that ended unseen has to be noted. */
function bounds(run: Run, query: LogQuery): { from: number; to: number } {
  run.noteAll()
  return {
    from: query.since === undefined ? 0 : run.index.search(query.since.getTime()),
    to: query.until === undefined ? run.index.count : run.index.search(query.until.getTime() + 1),
  }
}

function* rangeLines(
  run: Run,
  from: number,
  to: number,
  options: { assembler: LineAssembler; selects: Selects; isFlushed: boolean },
): Generator<LogEntry> {
  for (const record of run.index.forward(from, to)) {
    if (options.selects(record))
      yield* options.assembler.push({ stream: record.stream, time: new Date(record.timeMs), data: run.read(record) })
  }
  if (options.isFlushed) yield* options.assembler.flush()
}

async function* follow(
  run: Run,
  from: number,
  options: { query: LogQuery; assembler: LineAssembler; selects: Selects },
): AsyncGenerator<LogEntry> {
  const { until } = options.query
  const signal =
    until === undefined
      ? options.query.signal
      : AbortSignal.any([options.query.signal, AbortSignal.timeout(Math.max(0, until.getTime() - Date.now()))])
  let position = from
  for (;;) {
    const isEnd = !run.isLive
    const to = run.index.count
    yield* rangeLines(run, position, to, { ...options, isFlushed: isEnd || run.isTty })
    position = to
    if (isEnd || signal.aborted) return
    if (run.index.count === position) await run.changed(signal)
  }
}

/** The ends of the last runs that hold at least this many lines of the streams asked for. */
function lastRanges(runs: readonly Run[], query: LogQuery, lines: number, selects: Selects): Range[] {
  const kept: Range[] = []
  let found = 0
  for (const run of runs.toReversed()) {
    run.retain()
    try {
      const { from: first, to } = bounds(run, query)
      let from = to
      for (const record of run.index.backward(first, to)) {
        if (found >= lines) break
        from -= 1
        if (selects(record)) found += countNewlines(run.read(record))
      }
      kept.unshift({ run, from, to })
    } finally {
      run.release()
    }
    if (found >= lines) break
  }
  return kept
}

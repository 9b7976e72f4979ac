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

/** `runs`, oldest first; each is retained for as long as the query goes on. */
export async function* queryLogs(runs: readonly Run[], query: LogQuery): AsyncGenerator<LogEntry> {
  for (const run of runs) {
    run.retain()
    // A run that ended while no daemon looked may not be noted to its end.
    run.noteAll()
  }
  try {
    yield* read(runs, query)
  } finally {
    for (const run of runs) run.release()
  }
}

async function* read(runs: readonly Run[], query: LogQuery): AsyncGenerator<LogEntry> {
  const selects = (record: IndexRecord): boolean => query[record.stream]
  const live = runs.at(-1)?.isLive ? runs.at(-1) : undefined
  let ranges = runs.map((run) => ({
    run,
    from: query.since === undefined ? 0 : run.index.search(query.since.getTime()),
    to: query.until === undefined ? run.index.count : run.index.search(query.until.getTime() + 1),
  }))
  // Lines at the very start of a range may lack their beginning, so more is read than asked and the surplus dropped.
  if (query.tail !== undefined) ranges = lastRanges(ranges, query.tail + 2, selects)
  const last = ranges.at(-1)
  const assemblers = new Map(ranges.map(({ run }) => [run, new LineAssembler()]))
  const held: LogEntry[] = []
  for (const { run, from, to } of ranges) {
    const assembler = assemblers.get(run) as LineAssembler
    const isFollowedRun = query.isFollow && run === live
    for (const entry of rangeLines(run, from, to, { assembler, selects, isFlushed: !isFollowedRun || run.isTty })) {
      if (query.signal.aborted) return
      if (query.tail === undefined) yield entry
      else {
        held.push(entry)
        if (held.length > query.tail) held.shift()
      }
    }
  }
  yield* held
  if (!query.isFollow || live === undefined || last?.run !== live) return
  yield* follow(live, last.to, { query, assembler: assemblers.get(live) as LineAssembler, selects })
}

function* rangeLines(
  run: Run,
  from: number,
  to: number,
  options: { assembler: LineAssembler; selects: (record: IndexRecord) => boolean; isFlushed: boolean },
): Generator<LogEntry> {
  for (const record of run.index.forward(from, to)) {
    if (options.selects(record)) yield* options.assembler.push({ stream: record.stream, time: new Date(record.timeMs), data: run.read(record) })
  }
  if (options.isFlushed) yield* options.assembler.flush()
}

async function* follow(
  run: Run,
  from: number,
  options: { query: LogQuery; assembler: LineAssembler; selects: (record: IndexRecord) => boolean },
): AsyncGenerator<LogEntry> {
  const { until } = options.query
  const signal = until === undefined ? options.query.signal : AbortSignal.any([options.query.signal, AbortSignal.timeout(Math.max(0, until.getTime() - Date.now()))])
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

/** The end of the ranges that holds at least this many lines of the streams asked for. */
function lastRanges(ranges: readonly Range[], lines: number, selects: (record: IndexRecord) => boolean): Range[] {
  const kept: Range[] = []
  let found = 0
  for (const range of ranges.toReversed()) {
    let from = range.to
    for (const record of range.run.index.backward(range.from, range.to)) {
      if (found >= lines) break
      from -= 1
      if (selects(record)) found += countNewlines(range.run.read(record))
    }
    kept.unshift({ ...range, from })
    if (found >= lines) break
  }
  return kept
}

import { errors } from '../../../api/errors.ts'
import type { LogEntry, LogQuery } from '../../containerd/launcher.ts'
import type { Engine } from '../engine.ts'
import { findContainer } from './find.ts'

export interface Logs {
  isTty: boolean
  entries: AsyncIterable<LogEntry>
}

export function containerLogs(engine: Engine, reference: string, query: LogQuery): Logs {
  const { id, options } = findContainer(engine, reference)
  if (!query.stdout && !query.stderr)
    throw errors.invalidParameter('Bad parameters: you must choose at least one stream')
  return { isTty: options.process.isTty, entries: engine.launcher.logs.read(id, query) }
}

/** `all`, nothing, or what is no number: everything, as dockerd reads it. */
export function parseTail(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

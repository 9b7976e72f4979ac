/** One line per event on standard error: time, level, sentence, fields. Whoever starts the daemon keeps it. */
import type { DaemonConfig } from '../config/config.ts'

export interface Log {
  info(message: string, fields?: object): void
  warn(message: string, fields?: object): void
  error(message: string, fields?: object): void
  debug(message: string, fields?: object): void
}

const levels = ['debug', 'info', 'warn', 'error'] as const

/** The level is asked for with each line: a new one can be set while the daemon runs. */
export function openLog(config: Pick<DaemonConfig, 'logLevel'>, now: () => Date): Log {
  // A reader that is gone (EPIPE) or a full disk loses lines, and nothing else.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const write =
    (of: (typeof levels)[number]) =>
    (message: string, fields?: object): void => {
      if (levels.indexOf(of) < levels.indexOf(config.logLevel)) return
      const shown = fields === undefined ? '' : ` ${JSON.stringify(fields)}`
      process.stderr.write(`${now().toISOString()} ${of.padEnd(5)} ${message}${shown}\n`)
    }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

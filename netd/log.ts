/** One line per event on standard error: time, level, sentence, fields. Whoever starts the daemon keeps it. */
import type { DaemonConfig } from './config/config.ts'
import type { Engine } from './engine/engine.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const

export function openLog(level: DaemonConfig['logLevel'], now: () => Date): Engine['log'] {
  const write =
    (of: (typeof levels)[number]) =>
    (message: string, fields?: object): void => {
      if (levels.indexOf(of) < levels.indexOf(level)) return
      const shown = fields === undefined ? '' : ` ${JSON.stringify(fields)}`
      process.stderr.write(`${now().toISOString()} ${of.padEnd(5)} ${message}${shown}\n`)
    }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

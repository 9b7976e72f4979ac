/** SIGHUP, as dockerd has it: the config file is read again, what can change at run time changes, and the rest is told. */
import type { DaemonConfig } from './config.ts'
import { resolveConfig } from './defaults.ts'
import { readConfigFile } from './file.ts'
import type { Invocation } from './flags.ts'
import { mergeSettings, type Settings } from './settings.ts'

/** Asked for wherever they are used, so that a new value counts at once. */
const changeable: readonly string[] = ['debug', 'labels', 'log-level'] satisfies (keyof Settings)[]

export interface Reload {
  /** Keys of settings. */
  changed: string[]
  /** Different from what the daemon was started with; in force from the next start on. */
  postponed: string[]
}

/** Flags and file in one. */
export function readSettings({ settings, configFile }: Invocation): Settings {
  return mergeSettings(settings, readConfigFile(configFile), configFile)
}

/** What it gives changes `config` in place. It throws one sentence, with nothing changed, for a file that is not as it should be. */
export function reloader(invocation: Invocation, config: DaemonConfig, started: Settings): () => Reload {
  let current = started
  return () => {
    const next = readSettings(invocation)
    const { logLevel, labels } = resolveConfig(next)
    const changed = differences(current, next).filter((key) => changeable.includes(key))
    const postponed = differences(started, next).filter((key) => !changeable.includes(key))
    Object.assign(config, { logLevel, labels })
    current = next
    return { changed, postponed }
  }
}

function differences(before: Settings, after: Settings): string[] {
  const keys = Object.keys({ ...before, ...after }) as (keyof Settings)[]
  return keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
}

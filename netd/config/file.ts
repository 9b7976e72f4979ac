/** `--config-file`: JSON with the keys of ./settings.ts. */
import { readFileSync } from 'node:fs'
import { schema, type Settings } from './settings.ts'

export const defaultConfigFile = '/etc/trestle/netd.json'

/** Nothing when the default file is not there; throws one sentence for one that is asked for and missing, or not as it should be. */
export function readConfigFile(path: string): Settings {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && path === defaultConfigFile) return {}
    throw new Error(`--config-file ${path}: ${message}`, { cause: error })
  }
  return check(text, path)
}

function check(text: string, path: string): Settings {
  let parsed: unknown
  try {
    parsed = text.trim() === '' ? {} : JSON.parse(text)
  } catch (error) {
    throw new Error(`--config-file ${path}: ${(error as Error).message}`, { cause: error })
  }
  const result = schema.safeParse(parsed)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new Error(`--config-file ${path}: ${[issue?.path.join('.'), issue?.message].filter((part) => part).join(': ')}`)
}

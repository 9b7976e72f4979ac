/** `--config-file`: JSON with the keys of dockerd's daemon.json. https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file */
import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** What was said, by the name that a config file uses for it; what was not said is absent. */
export type Settings = Record<string, unknown>

export const defaultConfigFile = '/etc/trestle/netd.json'

const strings = z.array(z.string())

const schema = z
  .strictObject({
    hosts: strings,
    group: z.string(),
    pidfile: z.string(),
    'data-root': z.string(),
    'exec-root': z.string(),
    containerd: z.string(),
    bip: z.string(),
    'default-address-pools': z.array(z.object({ base: z.string(), size: z.number().int().min(1).max(128) })),
    ip: z.string(),
    mtu: z.number().int().min(68).max(65535),
    dns: strings,
    'dns-search': strings,
    'dns-opts': strings,
    icc: z.boolean(),
    'ip-forward': z.boolean(),
    'ip-masq': z.boolean(),
    'userland-proxy': z.boolean(),
    debug: z.boolean(),
    'log-level': z.enum(['debug', 'info', 'warn', 'error']),
    tls: z.boolean(),
    tlsverify: z.boolean(),
    tlscacert: z.string(),
    tlscert: z.string(),
    tlskey: z.string(),
    'toolbox-image': z.string(),
  })
  .partial()

export type FileSettings = z.infer<typeof schema>

/** Nothing when the default file is not there; throws one sentence for one that is asked for and missing, or not as it should be. */
export function readConfigFile(path: string): FileSettings {
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

function check(text: string, path: string): FileSettings {
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

/** A directive may stand in one place only: two that disagree are how a daemon ends up where nobody looks for it. */
export function mergeSettings(flags: Settings, file: FileSettings, path: string): FileSettings {
  const twice = Object.keys(flags).filter((key) => key in file)
  if (twice.length > 0) {
    const shown = twice.map(
      (key) =>
        `${key}: (from flag: ${JSON.stringify(flags[key])}, from file: ${JSON.stringify(file[key as keyof FileSettings])})`,
    )
    throw new Error(
      `--config-file ${path}: the following directives are specified both as a flag and in the configuration file: ${shown.join(', ')}`,
    )
  }
  return { ...file, ...(flags as FileSettings) }
}

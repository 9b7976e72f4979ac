/** The Dockerfile lines that `docker import --change` takes. https://docs.docker.com/reference/cli/docker/image/import/ */
import { errors } from '../../../api/errors.ts'

/** The configuration of an image as it is stored: names as in the image specification. */
export interface Config {
  User?: string
  ExposedPorts?: Record<string, Record<string, never>>
  Env?: string[]
  Entrypoint?: string[]
  Cmd?: string[]
  Volumes?: Record<string, Record<string, never>>
  WorkingDir?: string
  Labels?: Record<string, string>
  StopSignal?: string
}

type Instruction = (config: Config, rest: string) => void

const instructions: Record<string, Instruction> = {
  CMD: (config, rest) => void (config.Cmd = command(rest)),
  ENTRYPOINT: (config, rest) => void (config.Entrypoint = command(rest)),
  USER: (config, rest) => void (config.User = rest),
  WORKDIR: (config, rest) => void (config.WorkingDir = rest),
  STOPSIGNAL: (config, rest) => void (config.StopSignal = rest),
  ENV(config, rest) {
    for (const [key, value] of Object.entries(pairs(rest)))
      config.Env = [...(config.Env ?? []).filter((entry) => !entry.startsWith(`${key}=`)), `${key}=${value}`]
  },
  LABEL: (config, rest) => void (config.Labels = { ...config.Labels, ...pairs(rest) }),
  EXPOSE(config, rest) {
    for (const port of words(rest)) {
      if (!/^\d+(-\d+)?(\/(tcp|udp|sctp))?$/.test(port)) throw errors.invalidParameter(`invalid containerPort: ${port}`)
      config.ExposedPorts = { ...config.ExposedPorts, [port.includes('/') ? port : `${port}/tcp`]: {} }
    }
  },
  VOLUME(config, rest) {
    for (const path of jsonStrings(rest) ?? words(rest)) config.Volumes = { ...config.Volumes, [path]: {} }
  },
}

/** Throws 400 for a line that is not one of them. */
export function configFrom(changes: readonly string[]): Config {
  const config: Config = {}
  for (const change of changes) {
    const [, name = '', rest = ''] = /^\s*(\S+)\s*([\s\S]*?)\s*$/.exec(change) ?? []
    const instruction = instructions[name.toUpperCase()]
    if (instruction === undefined) throw errors.invalidParameter(`${name.toLowerCase()} is not a valid change command`)
    if (rest === '') throw errors.invalidParameter(`${name.toUpperCase()} requires at least one argument`)
    instruction(config, rest)
  }
  return config
}

/** The exec form is a JSON list; anything else is for the shell. */
function command(rest: string): string[] {
  return jsonStrings(rest) ?? ['/bin/sh', '-c', rest]
}

function jsonStrings(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined
  } catch {
    return undefined
  }
}

/** `KEY=value "OTHER=with space"`, or the old form `KEY value`. */
function pairs(rest: string): Record<string, string> {
  const [first = '', ...others] = words(rest)
  if (!first.includes('=')) return { [first]: rest.slice(first.length).trim() }
  return Object.fromEntries(
    [first, ...others].map((word) => {
      const equals = word.indexOf('=')
      if (equals < 1)
        throw errors.invalidParameter(`Syntax error - can't find = in "${word}". Must be of the form: name=value`)
      return [word.slice(0, equals), word.slice(equals + 1)]
    }),
  )
}

/** Words at white space, with quotes and backslashes as a shell has them. */
function words(text: string): string[] {
  const found = text.match(/(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^\s"'\\])+/g) ?? []
  return found.map((word) =>
    word.replace(
      /\\(.)|"((?:\\.|[^"\\])*)"|'([^']*)'/g,
      (_, escaped, double, single) => escaped ?? single ?? double.replace(/\\(.)/g, '$1'),
    ),
  )
}

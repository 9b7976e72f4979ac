/** Values of flags, read as Docker's flags read them, and refused in the same words. */
import { isAddress } from '../../api/address/family.ts'
import { UsageError } from '../errors.ts'

export function parseIpAddress(text: string): string {
  if (!isAddress(text.trim())) throw new UsageError(`IP address is not correctly formatted: ${text}`)
  return text.trim()
}

/** Bytes from `512`, `64m`, `1.5GiB`: the units are powers of 1024 with and without the i (go-units RAMInBytes). */
export function parseBytes(text: string): number {
  const [, digits, suffix = ''] = /^(.*[0-9. ])(.*)$/s.exec(text) ?? []
  if (digits === undefined) throw new UsageError(`invalid size: '${text}'`)
  const size = Number(digits.endsWith(' ') ? digits.slice(0, -1) : digits)
  if (!Number.isFinite(size) || size < 0) throw new UsageError(`invalid size: '${text}'`)
  const unit = /^(?:b|([kmgtp])(?:i?b)?)?$/i.exec(suffix)
  if (unit === null) throw new UsageError(`invalid suffix: '${suffix}'`)
  const power = unit[1] === undefined ? 0 : 'kmgtp'.indexOf(unit[1].toLowerCase()) + 1
  return Math.trunc(size * 1024 ** power)
}

/** Whole CPUs or fractions of one, as the API counts them. */
export function parseNanoCpus(text: string): number {
  const [, numerator, denominator = '1'] = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:\/(\d+))?$/.exec(text) ?? []
  if (numerator === undefined || Number(denominator) === 0)
    throw new UsageError(`failed to parse ${text} as a rational number`)
  const nanoCpus = Math.round((Number(numerator) / Number(denominator)) * 1e9 * 1e3) / 1e3
  if (!Number.isInteger(nanoCpus)) throw new UsageError('value is too precise')
  return nanoCpus
}

export function parseInteger(text: string): number {
  if (!/^[+-]?\d+$/.test(text))
    throw new UsageError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  return Number(text)
}

/** `key=value`, or a key alone for an empty value. */
export function parseLabel(text: string): [string, string] {
  const [key, value] = cut(text, '=')
  if (key === '') throw new UsageError(`invalid label '${text}': empty name`)
  return [key, value ?? '']
}

/** `key=value` of a driver option; a key alone means an empty value. */
export function parseOption(text: string): [string, string] {
  const [key, value] = cut(text, '=')
  return [key.trim(), (value ?? '').trim()]
}

/** `name=value`; a name alone takes its value from our own environment, and unsets the variable where that has none. */
export function parseVariable(text: string, environment: Record<string, string | undefined>): string {
  const [name, value] = cut(text, '=')
  if (name === '') throw new UsageError(`invalid environment variable: ${text}`)
  const inherited = environment[name]
  return value === undefined && inherited !== undefined ? `${name}=${inherited}` : text
}

/** A file of `name=value` lines; empty lines and those that begin with # say nothing. */
export function parseVariableFile(content: string, environment: Record<string, string | undefined>): string[] {
  const variables: string[] = []
  for (const raw of content.replace(/^\u{FEFF}/u, '').split(/\r?\n/)) {
    const line = raw.trimStart()
    if (line === '' || line.startsWith('#')) continue
    const [name, value] = cut(line, '=')
    if (name.trim() === '') throw new UsageError(`no variable name on line '${line}'`)
    if (/\s/.test(name)) throw new UsageError(`variable '${name}' contains whitespaces`)
    if (value !== undefined) variables.push(line)
    else if (environment[name] !== undefined) variables.push(`${name}=${environment[name]}`)
  }
  return variables
}

/** `name:address` or `name=address`; the address may be `host-gateway`, and IPv6 may stand in brackets. */
export function parseExtraHost(text: string): string {
  const separator = text.includes('=') ? '=' : ':'
  const [name, address] = cut(text, separator)
  if (name === '' || address === undefined || address === '')
    throw new UsageError(`bad format for add-host: ${JSON.stringify(text)}`)
  if (address === 'host-gateway') return `${name}:${address}`
  const bare = address.replace(/^\[(.*)\]$/, '$1')
  if (!isAddress(bare)) throw new UsageError(`invalid IP address in add-host: ${JSON.stringify(address)}`)
  return `${name}:${bare}`
}

/** `no`, `always`, `unless-stopped`, `on-failure[:retries]`; whether the name is known is the daemon's to say. */
export function parseRestartPolicy(text: string): { Name: string; MaximumRetryCount: number } {
  const [name, retries] = cut(text, ':')
  if (retries !== undefined && name === '')
    throw new UsageError('invalid restart policy format: no policy provided before colon')
  if (retries !== undefined && retries !== '' && !/^[+-]?\d+$/.test(retries)) {
    throw new UsageError('invalid restart policy format: maximum retry count must be an integer')
  }
  return { Name: name, MaximumRetryCount: Number(retries ?? 0) }
}

/** `name=soft[:hard]`; a single number is both. */
export function parseUlimit(text: string): { Name: string; Soft: number; Hard: number } {
  const [, name, softText, hardText] = /^([^=]+)=(-?\d+)(?::(-?\d+))?$/.exec(text) ?? []
  if (name === undefined) throw new UsageError(`invalid ulimit argument: ${text}`)
  const soft = Number(softText)
  const hard = hardText === undefined ? soft : Number(hardText)
  if (hard !== -1 && (soft === -1 || soft > hard))
    throw new UsageError(`ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`)
  return { Name: name, Soft: soft, Hard: hard }
}

const namespacedSysctl =
  /^(?:net\.|fs\.mqueue\.|kernel\.(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)=)/

export function parseSysctl(text: string): [string, string] {
  const [name, value] = cut(text, '=')
  if (value === undefined || !namespacedSysctl.test(text)) throw new UsageError(`sysctl '${text}' is not allowed`)
  return [name, value]
}

export function parseMacAddress(text: string): string {
  if (!/^[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/i.test(text.trim()))
    throw new UsageError(`${text} is not a valid mac address`)
  return text.trim()
}

/** Before and after the first separator; the second is undefined when there is none. */
export function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)]
}

/** RFC 4180: a field with commas stands in double quotes, in which a double quote is doubled. */
export function csvFields(text: string): string[] {
  return Array.from(
    text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g),
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
}

/** `/dev/x[:/dev/y][:rwm]`. */
export function parseDevice(text: string): { PathOnHost: string; PathInContainer: string; CgroupPermissions: string } {
  const [path = '', second, third, ...rest] = text.split(':')
  const isAccess = (part: string | undefined): boolean => part !== undefined && /^(?!.*(.).*\1)[rwm]{1,3}$/.test(part)
  const bad = rest.length > 0 || path === '' || (third !== undefined && (!isAccess(third) || !second)) || second === ''
  if (bad) throw new UsageError(`invalid device specification: ${text}`)
  const isSecondAccess = third === undefined && isAccess(second)
  const target = isSecondAccess ? path : (second ?? path)
  return { PathOnHost: path, PathInContainer: target, CgroupPermissions: third ?? (isSecondAccess ? second! : 'rwm') }
}

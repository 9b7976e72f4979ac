/** API versions: the path's `/v1.NN` prefix, and the window that this daemon speaks. */
import { errors } from '../../api/errors.ts'
import { version } from '../version.ts'

export const apiVersion = '1.47'
export const minApiVersion = '1.24'

/** On every answer, as dockerd has it. Clients take the operating system from `Docker/… (linux)`. */
export const dockerHeaders = {
  'Api-Version': apiVersion,
  'Docker-Experimental': 'false',
  Ostype: 'linux',
  Server: `Docker/${version} (linux)`,
}

const prefix = /^\/v(\d+)\.(\d+)(?=\/|$)/

/** Path without its version prefix: routes are written once. */
export function withoutVersion(url: string): string {
  return url.replace(prefix, '') || '/'
}

/** The version a request speaks, ours when it names none; 400 with dockerd's sentence outside the window. */
export function negotiate(url: string): string {
  const [, major, minor] = prefix.exec(url) ?? []
  if (major === undefined || minor === undefined) return apiVersion
  const asked = `${major}.${minor}`
  if (isOlder(asked, minApiVersion)) {
    throw errors.invalidParameter(
      `client version ${asked} is too old. Minimum supported API version is ${minApiVersion}, please upgrade your client to a newer version`,
    )
  }
  if (isOlder(apiVersion, asked)) {
    throw errors.invalidParameter(`client version ${asked} is too new. Maximum supported API version is ${apiVersion}`)
  }
  return asked
}

export function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [thanMajor = 0, thanMinor = 0] = than.split('.').map(Number)
  return major < thanMajor || (major === thanMajor && minor < thanMinor)
}

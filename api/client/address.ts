/** Where the daemon listens: `unix:///run/trestle/netd.sock`, `tcp://host:port` (with TLS when certificates are given), `https://host:port`. */

export const defaultHost = 'unix:///run/trestle/netd.sock'

export interface TlsFiles {
  /** PEM text or bytes each. */
  ca?: string | Buffer
  cert?: string | Buffer
  key?: string | Buffer
  /** False accepts any certificate. */
  isVerify: boolean
}

export type Address = { kind: 'unix'; path: string } | { kind: 'tcp'; host: string; port: number; isTls: boolean }

/** `-H`, then TRESTLE_HOST, then the default; an empty value counts as none. */
export function hostFrom(flag: string | undefined, environment: Record<string, string | undefined>): string {
  return flag || environment['TRESTLE_HOST'] || defaultHost
}

/** Throws a RangeError whose sentence names the value and the forms that are understood. */
export function parseAddress(host: string): Address {
  const unix = /^unix:\/\/(\/.+)$/.exec(host)
  if (unix !== null) return { kind: 'unix', path: unix[1]! }
  const url = URL.parse(host)
  const isBare =
    url !== null && (url.pathname === '' || url.pathname === '/') && url.search === '' && url.username === ''
  if (!isBare || !['tcp:', 'http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw new RangeError(`invalid host "${host}": it must be unix:///path/to/socket or tcp://host:port`)
  }
  const isTls = url.protocol === 'https:'
  // Docker's registered ports: 2375 in the clear, 2376 with TLS.
  const port = url.port === '' ? (isTls ? 2376 : 2375) : Number(url.port)
  return { kind: 'tcp', host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port, isTls }
}

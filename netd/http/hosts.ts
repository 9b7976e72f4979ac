/** Where the daemon can be reached: `unix://PATH`, `tcp://HOST:PORT`, or `fd://`, the sockets that systemd has opened for it. */
export type Host = { kind: 'unix'; path: string } | { kind: 'tcp'; address: string; port: number } | { kind: 'fd' }

/** Throws one sentence for what is neither. */
export function parseHost(text: string): Host {
  if (text.startsWith('unix://')) {
    const path = text.slice('unix://'.length)
    // sockaddr_un.sun_path holds 108 bytes with its final NUL (linux/un.h).
    if (!path.startsWith('/') || Buffer.byteLength(path) > 107)
      throw new Error(`--host ${text}: the path has to be absolute and at most 107 bytes long`)
    return { kind: 'unix', path }
  }
  if (text.startsWith('tcp://')) {
    const { hostname, port } = URL.parse(text.replace('tcp:', 'http:')) ?? { hostname: '', port: '' }
    if (hostname === '') throw new Error(`--host ${text}: expected tcp://ADDRESS:PORT`)
    return { kind: 'tcp', address: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 2376 : Number(port) }
  }
  if (text === 'fd://') return { kind: 'fd' }
  throw new Error(`--host ${text}: expected unix:///PATH, tcp://ADDRESS:PORT or fd://`)
}

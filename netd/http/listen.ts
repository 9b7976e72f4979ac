/** Puts the API on its sockets. A unix socket that a dead daemon left is replaced, a live one is refused; TCP only with mutual TLS. */
import { once } from 'node:events'
import { chmod, chown, lstat, mkdir, readFile, unlink } from 'node:fs/promises'
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import type { Duplex } from 'node:stream'
import type { SecureContextOptions, TlsOptions } from 'node:tls'
import type { IncomingMessage } from 'node:http'
import type { DaemonConfig } from '../config/config.ts'
import { parseHost, type Host } from './hosts.ts'

export interface Handlers {
  request: RequestListener
  /** Which requests with `Upgrade:` become raw streams; every other one is answered as if it had not asked. */
  isHijack: (request: IncomingMessage) => boolean
  hijack: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

/** A socket to be, with all that was asked of it known to be there. */
export interface Listener {
  host: Host
  tls?: SecureContextOptions & TlsOptions
  groupId?: number
}

/** Throws one sentence for a host, group or certificate that will not do: before the daemon has touched anything. */
export async function prepareListeners(config: DaemonConfig): Promise<Listener[]> {
  const hosts = config.hosts.map(parseHost)
  const group = config.group === undefined ? {} : { groupId: await groupId(config.group) }
  return Promise.all(
    hosts.map(async (host) => {
      if (host.kind === 'tcp') return { host, tls: await tlsOptions(config, `tcp://${host.address}:${host.port}`) }
      await refuseOccupied(host.path)
      return { host, ...group }
    }),
  )
}

export async function listen(listeners: Listener[], handlers: Handlers): Promise<Server[]> {
  const servers: Server[] = []
  try {
    for (const listener of listeners) servers.push(await listenOn(listener, handlers))
  } catch (error) {
    for (const server of servers) server.close()
    throw error
  }
  return servers
}

async function listenOn({ host, tls, groupId: gid }: Listener, handlers: Handlers): Promise<Server> {
  const options: ServerOptions = {
    // An image upload takes as long as it takes.
    requestTimeout: 0,
    shouldUpgradeCallback: handlers.isHijack,
  }
  if (host.kind === 'tcp') {
    const server = createTlsServer({ ...options, ...tls }, handlers.request)
    server.on('upgrade', handlers.hijack)
    server.listen(host.port, host.address)
    await once(server, 'listening')
    return server
  }
  await mkdir(dirname(host.path), { recursive: true })
  if (await refuseOccupied(host.path)) await unlink(host.path)
  const server = createServer(options, handlers.request)
  server.on('upgrade', handlers.hijack)
  server.listen(host.path)
  await once(server, 'listening')
  if (gid !== undefined) await chown(host.path, 0, gid)
  await chmod(host.path, 0o660)
  return server
}

/** True when the socket of a dead daemon is there; throws for anything else that is. */
async function refuseOccupied(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return false
  if (!found.isSocket())
    throw new Error(`--host unix://${path}: something that is not a socket is there; remove it or give another path`)
  if (await answers(path))
    throw new Error(`--host unix://${path}: another daemon listens there; stop it or give another path`)
  return true
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function tlsOptions({ tls }: DaemonConfig, host: string): Promise<SecureContextOptions & TlsOptions> {
  if (tls?.isVerify !== true) {
    throw new Error(
      `--host ${host}: who reaches it is root here, so it needs mutual TLS: give --tlsverify with --tlscacert, --tlscert and --tlskey, or listen on a unix socket only`,
    )
  }
  const read = (flag: string, path: string): Promise<Buffer> =>
    readFile(path).catch((error: Error) => {
      throw new Error(`--${flag} ${path}: ${error.message}`)
    })
  return {
    ca: await read('tlscacert', tls.ca),
    cert: await read('tlscert', tls.cert),
    key: await read('tlskey', tls.key),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
  }
}

async function groupId(group: string): Promise<number> {
  if (/^\d+$/.test(group)) return Number(group)
  const line = (await readFile('/etc/group', 'utf8')).split('\n').find((entry) => entry.startsWith(`${group}:`))
  if (line === undefined) throw new Error(`--group ${group}: there is no such group; create it with: groupadd ${group}`)
  return Number(line.split(':')[2])
}

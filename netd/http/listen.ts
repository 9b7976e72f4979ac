/** Puts the API on its sockets. A unix socket that a dead daemon left is replaced, a live one is refused; TCP only with mutual TLS. */
import { once } from 'node:events'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { chmod, chown, lstat, mkdir, readFile, unlink } from 'node:fs/promises'
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import type { Duplex } from 'node:stream'
import type { SecureContextOptions, TlsOptions } from 'node:tls'
import type { IncomingMessage } from 'node:http'
import type { DaemonConfig } from '../config/config.ts'
import { Guard, type GuardLog } from '../guard.ts'
import { parseHost, type Host } from './hosts.ts'
import { refuse, refuseBrokenOff } from './refuse.ts'
import { isUpgrade, routeUpgrade } from './stream/upgrade.ts'

/** As many clients may connect at the same moment; the kernel's own limit, net.core.somaxconn, is 4096 since Linux 5.4. */
const backlog = 4096
/** Until the first probe of a TCP connection on which nothing comes; as Go has it. */
const keepAliveMs = 15_000

/** A socket to be, with all that was asked of it known to be there. */
export interface Listener {
  host: Exclude<Host, { kind: 'fd' }> | Inherited
  tls?: SecureContextOptions & TlsOptions
  groupId?: number
}

/** A socket that listens already, as systemd passes it. */
interface Inherited {
  kind: 'inherited'
  fd: number
}

/** From descriptor 3 on, as many as sd_listen_fds(3) says, for this process alone. */
function inherited(): Inherited[] {
  const { LISTEN_PID, LISTEN_FDS } = process.env
  const count = Number(LISTEN_PID) === process.pid ? Number(LISTEN_FDS) : 0
  // No process that netd starts is to take them for its own.
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete process.env[name]
  if (!(count > 0))
    throw new Error(
      '--host fd://: systemd passed no socket; start netd by its socket unit, or listen on unix:///PATH instead',
    )
  const sockets = Array.from({ length: count }, (_, at): Inherited => ({ kind: 'inherited', fd: 3 + at }))
  const other = sockets.find(({ fd }) => !isUnixSocket(fd))
  if (other !== undefined)
    throw new Error(
      `--host fd://: descriptor ${other.fd} is no unix socket (ListenStream=/PATH), and TCP is not served without TLS: listen on tcp://ADDRESS:PORT with --tlsverify instead`,
    )
  return sockets
}

function isUnixSocket(fd: number): boolean {
  try {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`)) ?? []
    // Num RefCount Protocol Flags Type St Inode Path: net/unix/af_unix.c.
    const inodes = readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/)[6])
    return inode !== undefined && inodes.includes(inode)
  } catch {
    return false
  }
}

/** Throws one sentence for a host, group or certificate that will not do: before the daemon has touched anything. */
export async function prepareListeners(config: DaemonConfig): Promise<Listener[]> {
  const hosts = config.hosts.map(parseHost)
  const group = config.group === undefined ? {} : { groupId: await groupId(config.group) }
  const prepared = hosts.flatMap((host): Listener['host'][] => (host.kind === 'fd' ? inherited() : [host]))
  return Promise.all(
    prepared.map(async (host) => {
      if (host.kind === 'inherited') return { host }
      if (host.kind === 'tcp') return { host, tls: await tlsOptions(config, `tcp://${host.address}:${host.port}`) }
      await refuseOccupied(host.path)
      return { host, ...group }
    }),
  )
}

/** What listens, and where. */
export interface Listening {
  server: Server
  /** Again on a socket of that name, if somebody has deleted it; connections stay. Resolves with the path then. */
  mend: () => Promise<string[]>
}

export async function listen(listeners: Listener[], route: RequestListener, log: GuardLog): Promise<Listening[]> {
  const allowed = Number(await readFile('/proc/sys/net/core/somaxconn', 'utf8'))
  if (allowed < backlog) {
    log.warn(
      `net.core.somaxconn is ${allowed}: more clients than that cannot connect at the same moment; raise it with: sysctl -w net.core.somaxconn=${backlog}`,
    )
  }
  const listening: Listening[] = []
  try {
    for (const listener of listeners) listening.push(await listenOn(listener, route, log))
  } catch (error) {
    for (const { server } of listening) server.close()
    throw error
  }
  return listening
}

async function listenOn({ host, tls, groupId }: Listener, route: RequestListener, log: GuardLog): Promise<Listening> {
  const guard = new Guard({ what: `the API on ${nameOf(host)}`, log })
  const options: ServerOptions = {
    // An image upload takes as long as it takes.
    requestTimeout: 0,
    shouldUpgradeCallback: isUpgrade,
    // Of a client that has gone without a word, or that hears a conversation and has gone since (./stream/leave.ts).
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
  }
  const server = host.kind === 'tcp' ? createTlsServer({ ...options, ...tls }) : createServer(options)
  // `printf 'GET … HTTP/1.1…' | socat - UNIX-CONNECT:…` closes its side at once, and is answered; Node has no option for it.
  Object.assign(server, { httpAllowHalfOpen: true })
  server.on('request', guard.listener(refuseBrokenOff))
  server.on('request', guard.listener(route))
  server.on(
    'upgrade',
    guard.listener((request: IncomingMessage, socket: Duplex, head: Buffer) =>
      routeUpgrade(route, request, socket, head),
    ),
  )
  server.on('clientError', guard.listener(refuse))
  if (host.kind === 'tcp') {
    server.listen({ port: host.port, host: host.address, backlog })
    await once(server, 'listening')
  } else if (host.kind === 'inherited') {
    server.listen({ fd: host.fd })
    await once(server, 'listening')
  } else {
    if (await refuseOccupied(host.path)) await unlink(host.path)
    await bindTo(host.path, server, groupId)
  }
  // From here on what fails is a single accept, as for want of descriptors.
  guard.errorsOf(server)
  return {
    server,
    async mend() {
      if (host.kind !== 'unix' || existsSync(host.path)) return []
      // Closes nothing but the former socket, and what is idle.
      server.close()
      await bindTo(host.path, server, groupId)
      return [host.path]
    },
  }
}

function nameOf(host: Listener['host']): string {
  if (host.kind === 'unix') return host.path
  return host.kind === 'tcp' ? `${host.address}:${host.port}` : `the socket of systemd, descriptor ${host.fd}`
}

async function bindTo(path: string, server: Server, groupId: number | undefined): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  server.listen({ path, backlog })
  await once(server, 'listening')
  if (groupId !== undefined) await chown(path, 0, groupId)
  await chmod(path, 0o660)
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

/** Shims that outlive containerd, in the process table: what it finds them again by can be lost, and the processes are there. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename } from 'node:path'
import { bundlesFolder, containerdFiles, type Roots } from '../config/layout.ts'

/** Of containerd, identifiers/validate.go. */
const identifier = /^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$/

interface Shim {
  pid: string
  namespace: string
  id: string
}

/**
 * Before a containerd begins: every bundle whose files were deleted gets the address of its shim, and the link to the
 * folder that goes with it (containerd, runtime/v2/bundle.go and shim_load.go). Without the address the container would
 * be ended. Resolves with how many.
 */
export function restoreBundles(roots: Roots): number {
  const files = containerdFiles(roots)
  let count = 0
  for (const { pid, namespace, id } of shimsOf(files.socket)) {
    const bundle = `${bundlesFolder(roots, namespace)}/${id}`
    const address = listensOn(pid)
    if (address === undefined || existsSync(`${bundle}/address`)) continue
    mkdirSync(bundle, { recursive: true, mode: 0o700 })
    writeFileSync(`${bundle}/address`, `unix://${address}`, { mode: 0o600 })
    const work = `${files.root}/io.containerd.runtime.v2.task/${namespace}/${id}`
    if (existsSync(work) && !existsSync(`${bundle}/work`)) symlinkSync(work, `${bundle}/work`)
    count += 1
  }
  return count
}

/** By the socket of containerd that they were started with: `containerd-shim-runc-v2 -namespace NS -id ID -address SOCKET`. */
function shimsOf(socket: string): Shim[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return []
    const [program = '', ...words] = contentOf(`/proc/${pid}/cmdline`).split('\0')
    const after = (flag: string): string => (words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined) ?? ''
    const shim = { pid, namespace: after('-namespace'), id: after('-id') }
    const isShim = basename(program).startsWith('containerd-shim') && after('-address') === socket
    // They become folders, and a command line is whatever its process says.
    const isNamed = [shim.namespace, shim.id].every((name) => identifier.test(name))
    return isShim && isNamed && isOfThisHost(pid) ? [shim] : []
  })
}

/** And in no container: the sockets of what runs in one are not what containerd is to ask. */
function isOfThisHost(pid: string): boolean {
  try {
    const [own, other] = [statSync('/proc/self/root/'), statSync(`/proc/${pid}/root/`)]
    return (
      readlinkSync(`/proc/${pid}/ns/pid`) === readlinkSync('/proc/self/ns/pid') &&
      own.dev === other.dev &&
      own.ino === other.ino
    )
  } catch {
    return false
  }
}

/** The path of the unix socket that a process has bound, as /proc/net/unix names it; the other end of a log pipe has none. */
function listensOn(pid: string): string | undefined {
  try {
    const inodes = new Set(
      readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? []
        return inode ?? []
      }),
    )
    for (const line of contentOf(`/proc/${pid}/net/unix`).split('\n')) {
      // Num RefCount Protocol Flags Type St Inode Path; of the flags __SO_ACCEPTCON, net/unix/af_unix.c.
      const [, , , flags, , , inode = '', path] = line.split(/\s+/)
      if (flags === '00010000' && inodes.has(inode) && path !== undefined) return path
    }
  } catch {
    // It has ended.
  }
  return undefined
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/**
 * Debian 13 as a folder, by debootstrap from the mirror that this machine's apt has, and kept in the cache: what the Docker
 * 26 of the differential tests and the virtual machine of test/vm are made of.
 */
import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { cacheRoot, type Recipe, inventory } from './cache.ts'
import { run } from './run.ts'

const suite = 'trixie'

/** What ends a run with one sentence, not with a stack. */
export class MissingError extends Error {}

/** `finish`: what is done in the folder after its packages are there. */
export function debianRoot(
  name: string,
  packages: string[],
  finish: { megabytes: number; by?: (folder: string) => Promise<void> },
): Recipe {
  return {
    name,
    ingredients: [suite, ...packages.toSorted(), String(finish.by ?? '')],
    async make(folder) {
      await needRoom(folder, finish.megabytes)
      await debootstrap(folder, packages)
      await finish.by?.(folder)
    },
    fingerprint: inventory,
  }
}

export async function needRoom(folder: string, megabytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = Math.floor((bavail * bsize) / 1e6)
  if (free < megabytes)
    throw new MissingError(`${folder} needs ${megabytes} MB and its file system has ${free} left; make room on it`)
}

export function needProgram(name: string, packageName: string): void {
  const folders = ['/usr/sbin', '/usr/bin']
  if (!folders.some((folder) => existsSync(`${folder}/${name}`)))
    throw new MissingError(`${name} is not on this machine; install it with: apt-get install ${packageName}`)
}

async function debootstrap(folder: string, packages: string[]): Promise<void> {
  needProgram('debootstrap', 'debootstrap')
  const [mirror, proxy] = [await aptMirror(), await aptProxy()]
  const downloads = `${cacheRoot}/packages`
  await run(['mkdir', '-p', downloads])
  // Its mounts of /proc and /sys are in a namespace of their own: nothing is left mounted, however it ends.
  const alone = ['setpriv', '--pdeathsig=KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  const command = [
    'debootstrap',
    '--variant=minbase',
    `--cache-dir=${downloads}`,
    `--include=${packages.join(',')}`,
    suite,
    folder,
    mirror,
  ]
  const { exitCode, stdout } = await run([...alone, '--', ...command], {
    allowFailure: true,
    timeoutMs: 1_800_000,
    env: proxy === '' ? {} : { http_proxy: proxy, https_proxy: proxy },
  })
  if (exitCode === 0) return
  const said = stdout.split('\n').findLast((line) => /^[EW]: /.test(line)) ?? stdout.trim().split('\n').at(-1)
  throw new MissingError(`debootstrap could not make Debian ${suite} from ${mirror} (exit code ${exitCode}): ${said}`)
}

/** The first archive of Debian itself that apt has packages of: the security archive has no suite to begin with. */
async function aptMirror(): Promise<string> {
  const format = '$(CREATED_BY) $(LABEL) $(REPO_URI)'
  const { stdout } = await run(['apt-get', 'indextargets', '--format', format])
  const mirror = stdout.split('\n').find((line) => line.startsWith('Packages Debian '))
  if (mirror === undefined)
    throw new MissingError("apt's sources name no archive of Debian, or none that it has lists of; run: apt-get update")
  return mirror.split(' ')[2]!
}

async function aptProxy(): Promise<string> {
  const { stdout } = await run(['apt-config', 'shell', 'proxy', 'Acquire::http::Proxy'])
  return /^proxy='(.*)'$/m.exec(stdout)?.[1] ?? ''
}

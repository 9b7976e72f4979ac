/**
 * /etc/hostname, /etc/hosts and /etc/resolv.conf of a container: ours to write, until the user edits one. They are
 * bind mounts, so that a change is written into the file and never beside it.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { rm, rmdir } from 'node:fs/promises'
import { containerFiles } from '../../config/layout.ts'
import type { MountSpec } from '../../containerd/launcher.ts'
import type { SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { hostsText } from './hosts-file.ts'
import { linkedFrom } from './links.ts'
import { resolvConfText } from './resolv-conf.ts'
import { rewrite } from './rewrite.ts'

const fileNames = ['hostname', 'hosts', 'resolv.conf'] as const
/** Of what we wrote last. */
type Hashes = Partial<Record<(typeof fileNames)[number], string>>

/**
 * Again after every change of the container's networks. A file that the user edited stays as it is. In one go, so that two
 * changes at the same time (a link's target, the container itself) never mix.
 */
export function writeEtcFiles(engine: Engine, sandbox: SandboxRecord): void {
  const files = containerFiles(engine.config, sandbox.id)
  mkdirSync(files.folder, { recursive: true })
  const hashes = readHashes(files.etcHashes)
  const texts = {
    hostname: `${sandbox.hostname}\n`,
    hosts: hostsText(engine, sandbox),
    'resolv.conf': resolvConfText(engine, sandbox),
  }
  const written: Hashes = {}
  for (const name of fileNames) written[name] = writeUnlessEdited(files[name], texts[name], hashes?.[name])
  if (hashes === undefined) writeFileSync(files.etcHashes, JSON.stringify(written))
  else if (fileNames.some((name) => written[name] !== hashes[name]))
    rewrite(files.etcHashes, JSON.stringify(hashes), JSON.stringify(written))
}

/** Those that have a link to this one, whose address may be another one now. What fails is theirs, and told to the log. */
export function refreshLinks(engine: Engine, target: SandboxRecord): void {
  for (const sandbox of linkedFrom(engine, target)) {
    try {
      writeEtcFiles(engine, sandbox)
    } catch (error) {
      engine.log.warn(`container ${sandbox.name}: its link to ${target.name}: ${(error as Error).message}`)
    }
  }
}

/** Gives the hash of what we wrote last, which is not that of the file once the user has edited it. */
function writeUnlessEdited(path: string, text: string, lastHash: string | undefined): string | undefined {
  const present = readIfOurs(path)
  if (present !== undefined && hash(present) !== lastHash) return lastHash
  try {
    if (present === undefined) writeFileSync(path, text)
    else if (present !== text) rewrite(path, present, text)
  } catch (error) {
    // write(2) knows no name, and a full disk is a matter of which.
    throw Object.assign(error as Error, { path })
  }
  return hash(text)
}

/** Ours are never larger, and a container may grow its own at will. */
const largestBytes = 1 << 20

/** Undefined when there is none yet. */
function readIfOurs(path: string): string | undefined {
  const size = statSync(path, { throwIfNoEntry: false })?.size
  if (size === undefined) return undefined
  return size > largestBytes ? 'edited' : readFileSync(path, 'utf8')
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

function readHashes(path: string): Hashes | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Hashes) : undefined
}

export function etcMounts(engine: Engine, containerId: string): MountSpec[] {
  const files = containerFiles(engine.config, containerId)
  return fileNames.map((name) => ({
    type: 'bind',
    source: files[name],
    target: `/etc/${name}`,
    isReadOnly: false,
    propagation: 'rprivate',
  }))
}

export async function removeEtcFiles(engine: Engine, containerId: string): Promise<void> {
  const { folder, etcHashes, ...files } = containerFiles(engine.config, containerId)
  await Promise.all([etcHashes, ...fileNames.map((name) => files[name])].map((path) => rm(path, { force: true })))
  // Others keep things here, too; whoever is last takes the folder.
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT') throw error
  })
}

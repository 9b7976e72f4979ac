/**
 * /etc/hostname, /etc/hosts and /etc/resolv.conf of a container: ours to write, until the user edits one. They are
 * bind mounts, so that a change is written into the file and never beside it.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { MountSpec } from '../../containerd/launcher.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { hostnameOf } from './hostname.ts'
import { hostsText } from './hosts-file.ts'
import { resolvConfText } from './resolv-conf.ts'

const fileNames = ['hostname', 'hosts', 'resolv.conf'] as const
/** Hashes of what we wrote last, by file. */
const hashesName = 'etc-files.json'

type Hashes = Partial<Record<(typeof fileNames)[number], string>>

export function etcFolder({ config }: Pick<Engine, 'config'>, containerId: string): string {
  return join(config.dataRoot, 'containers', containerId)
}

/**
 * Again after every change of the container's networks. A file that the user edited stays as it is. In one go, so that two
 * changes at the same time (a link's target, the container itself) never mix.
 */
export function writeEtcFiles(engine: Engine, container: ContainerRecord): void {
  const folder = etcFolder(engine, container.id)
  mkdirSync(folder, { recursive: true })
  const hashes = readHashes(folder)
  const texts = {
    hostname: `${hostnameOf(container)}\n`,
    hosts: hostsText(engine, container),
    'resolv.conf': resolvConfText(engine, container),
  }
  const written: Hashes = {}
  for (const name of fileNames) written[name] = writeUnlessEdited(join(folder, name), texts[name], hashes[name])
  if (fileNames.some((name) => written[name] !== hashes[name]))
    writeFileSync(join(folder, hashesName), JSON.stringify(written))
}

/** Gives the hash of what we wrote last, which is not that of the file once the user has edited it. */
function writeUnlessEdited(path: string, text: string, lastHash: string | undefined): string | undefined {
  const present = readIfOurs(path)
  if (present !== undefined && hash(present) !== lastHash) return lastHash
  if (present !== text) writeFileSync(path, text)
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

function readHashes(folder: string): Hashes {
  const path = join(folder, hashesName)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Hashes) : {}
}

export function etcMounts(engine: Engine, containerId: string): MountSpec[] {
  const folder = etcFolder(engine, containerId)
  return fileNames.map((name) => ({
    type: 'bind',
    source: join(folder, name),
    target: `/etc/${name}`,
    isReadOnly: false,
    propagation: 'rprivate',
  }))
}

export async function removeEtcFiles(engine: Engine, containerId: string): Promise<void> {
  const folder = etcFolder(engine, containerId)
  await Promise.all([...fileNames, hashesName].map((name) => rm(join(folder, name), { force: true })))
  // Others keep things here, too; whoever is last takes the folder.
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT') throw error
  })
}

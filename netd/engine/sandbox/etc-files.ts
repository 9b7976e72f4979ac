/**
 * /etc/hostname, /etc/hosts and /etc/resolv.conf of a container: ours to write, until the user edits one. They are
 * bind mounts, so that a change is written into the file and never beside it.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
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

/** Again after every change of the container's networks. A file that the user edited stays as it is. */
export async function writeEtcFiles(engine: Engine, container: ContainerRecord): Promise<void> {
  const folder = etcFolder(engine, container.id)
  await mkdir(folder, { recursive: true })
  const [hashes, hosts, resolvConf] = await Promise.all([readHashes(folder), hostsText(engine, container), resolvConfText(engine, container)])
  const texts = { hostname: `${hostnameOf(container)}\n`, hosts, 'resolv.conf': resolvConf }
  const written: Hashes = {}
  await Promise.all(
    fileNames.map(async (name) => {
      written[name] = await writeUnlessEdited(join(folder, name), texts[name], hashes[name])
    }),
  )
  if (fileNames.some((name) => written[name] !== hashes[name])) await writeFile(join(folder, hashesName), JSON.stringify(written))
}

/** Resolves with the hash of what we wrote last, which is not that of the file once the user has edited it. */
async function writeUnlessEdited(path: string, text: string, lastHash: string | undefined): Promise<string | undefined> {
  const present = await readFile(path, 'utf8').catch(() => undefined)
  if (present !== undefined && hash(present) !== lastHash) return lastHash
  if (present !== text) await writeFile(path, text)
  return hash(text)
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

async function readHashes(folder: string): Promise<Hashes> {
  const text = await readFile(join(folder, hashesName), 'utf8').catch(() => '{}')
  return JSON.parse(text) as Hashes
}

export function etcMounts(engine: Engine, containerId: string): MountSpec[] {
  const folder = etcFolder(engine, containerId)
  return fileNames.map((name) => ({ type: 'bind', source: join(folder, name), target: `/etc/${name}`, isReadOnly: false, propagation: 'rprivate' }))
}

export async function removeEtcFiles(engine: Engine, containerId: string): Promise<void> {
  const folder = etcFolder(engine, containerId)
  await Promise.all([...fileNames, hashesName].map((name) => rm(join(folder, name), { force: true })))
  // Others keep things here, too; whoever is last takes the folder.
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT') throw error
  })
}

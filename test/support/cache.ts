/** Things that take minutes to make and are the same in every run, kept outside the tree: Debian roots and disks made of them. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { run } from './run.ts'

export const cacheRoot = '/var/cache/trestle'

export interface Recipe {
  name: string
  /** What it is made of: another list makes another thing. */
  ingredients: string[]
  /** Fills the empty folder. What it throws is what the caller is told. */
  make: (folder: string) => Promise<void>
  /** A digest of what must not have changed since; it is asked at every use. */
  fingerprint: (folder: string) => Promise<string>
}

function place({ name, ingredients }: Recipe): string {
  const key = createHash('sha256').update(ingredients.join('\n')).digest('hex').slice(0, 12)
  return `${cacheRoot}/${name}-${key}`
}

/** Its folder, if it is there and as it was made; nothing is made, and nobody waited for. */
export async function findCached(recipe: Recipe): Promise<string | undefined> {
  const folder = place(recipe)
  const made = await readFile(`${folder}.made`, 'utf8').catch(() => undefined)
  if (made === undefined) return undefined
  const found = await recipe.fingerprint(folder).catch(() => undefined)
  return made === found ? folder : undefined
}

/**
 * Its folder, made now if it is not there or no longer as it was made. One process makes it, and others wait. A making that
 * is killed leaves a folder without its fingerprint beside it, which the next one clears away.
 */
export async function cached(recipe: Recipe): Promise<string> {
  const there = await findCached(recipe)
  if (there !== undefined) return there
  await mkdir(cacheRoot, { recursive: true })
  const folder = place(recipe)
  using _lock = await lock(`${folder}.lock`)
  const meanwhile = await findCached(recipe)
  if (meanwhile !== undefined) return meanwhile
  const clear = async (): Promise<void> => {
    await rm(`${folder}.made`, { force: true })
    await rm(folder, { recursive: true, force: true })
  }
  await clear()
  await mkdir(folder)
  try {
    await recipe.make(folder)
    await writeFile(`${folder}.making`, await recipe.fingerprint(folder))
    await rename(`${folder}.making`, `${folder}.made`)
  } catch (error) {
    await clear()
    throw error
  }
  return folder
}

/** flock(1) holds it until its standard input ends, which the end of this process does, too. */
async function lock(file: string): Promise<Disposable> {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  return { [Symbol.dispose]: () => void holder.stdin.end() }
}

/** Names, kinds and sizes of all that is below, as a digest: a file that is gone or cut short shows. */
export async function inventory(folder: string): Promise<string> {
  const list = ['find', folder, '-type', 'd', '-printf', '%P/\\n', '-o', '-printf', '%P %y %s\\n']
  const { stdout } = await run(list)
  return createHash('sha256').update(stdout.split('\n').toSorted().join('\n')).digest('hex')
}

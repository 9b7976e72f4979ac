/** The built page, in memory: a path that is not one of its files does not exist, so none can lead out of the folder. */
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'

export interface Asset {
  type: string
  content: Buffer
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** By URL path; `/` is index.html. Throws a sentence when the page was not built. */
export async function loadAssets(folder: string): Promise<Map<string, Asset>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT'
        ? new Error(`the page is not built (${folder} does not exist); run \`npm run build\``)
        : error
    },
  )
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const assets = new Map<string, Asset>()
  for (const file of files) {
    const path = `/${relative(folder, file)}`
    const asset = { type: types[extname(file)] ?? 'application/octet-stream', content: await readFile(file) }
    assets.set(path, asset)
    if (path === '/index.html') assets.set('/', asset)
  }
  return assets
}

import { mkdtemp, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import type * as Client from '../../../netd/kernel/client.ts'

test('in the bundle the threads start from kernel-worker.js beside it', async () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  // Inside the project, because the native packages stay in its node_modules.
  const folder = await mkdtemp(join(root, 'node_modules/.kernel-bundle-'))
  try {
    await build({
      absWorkingDir: root,
      entryPoints: { netd: 'netd/kernel/client.ts', 'kernel-worker': 'netd/kernel/worker.ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node22',
      outdir: folder,
      external: ['koffi'],
      outExtension: { '.js': '.js' },
    })
    const { openKernel } = (await import(join(folder, 'netd.js'))) as typeof Client
    const kernel = await openKernel()
    expect(await kernel.inode('/proc/self/ns/net')).toBe((await stat('/proc/self/ns/net')).ino)
    await kernel.close()
  } finally {
    await rm(folder, { recursive: true })
  }
})

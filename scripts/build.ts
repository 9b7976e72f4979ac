/**
 * Bundles what ships: the command line, the daemon, its kernel workers, the shared port proxy, and the
 * graph page. Bundles, because type stripping costs ~50 ms at every start of the command line.
 * Native packages stay in node_modules; they carry their own prebuilt binaries.
 */
import { existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions } from 'esbuild'
import { build as buildPage } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = `${root}dist`

const node: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  sourcemap: 'linked',
  legalComments: 'none',
  outdir: dist,
  external: ['koffi', 'netlink'],
  // CommonJS dependencies call require() for Node's own modules.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
}

rmSync(dist, { recursive: true, force: true })
await Promise.all([
  // Splitting keeps each command's code out of the start of every other command.
  build({ ...node, entryPoints: { trestle: 'src/main.ts' }, splitting: true, chunkNames: 'trestle-[hash]', minifySyntax: true, minifyWhitespace: true }),
  build({
    ...node,
    entryPoints: { netd: 'netd/main.ts', 'kernel-worker': 'netd/kernel/worker.ts', proxy: 'netd/proxy/main.ts' },
    loader: { '.proto': 'file' },
  }),
  existsSync(`${root}lab/web/page/index.html`)
    ? buildPage({ root: `${root}lab/web/page`, base: './', logLevel: 'warn', build: { outDir: `${dist}/page`, emptyOutDir: true } })
    : undefined,
])

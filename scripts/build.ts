/**
 * Bundles what ships into dist/: the command line, the daemon with its kernel workers and port proxy, and the graph
 * page. Bundles, because type stripping costs ~50 ms at every start of the command line. Native packages stay in
 * node_modules; they carry their own prebuilt binaries.
 *
 * `node scripts/build.ts [trestle] [netd] [page]`; everything without arguments.
 */
import { rmSync } from 'node:fs'
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

const targets: Record<string, () => Promise<unknown>> = {
  // Splitting keeps each command's code out of the start of every other command.
  trestle: () =>
    build({ ...node, entryPoints: { trestle: 'src/main.ts' }, splitting: true, chunkNames: 'trestle-[hash]', minifySyntax: true, minifyWhitespace: true }),
  netd: () =>
    build({
      ...node,
      entryPoints: { netd: 'netd/main.ts', 'kernel-worker': 'netd/kernel/worker.ts', proxy: 'netd/proxy/main.ts' },
      loader: { '.proto': 'file' },
    }),
  page: () => buildPage({ root: `${root}lab/web/page`, base: './', logLevel: 'warn', build: { outDir: `${dist}/page`, emptyOutDir: true } }),
}

const asked = process.argv.slice(2)
const unknown = asked.find((name) => !(name in targets))
if (unknown !== undefined) {
  console.error(`build: there is no "${unknown}"; say any of: ${Object.keys(targets).join(', ')}`)
  process.exit(2)
}
if (asked.length === 0) {
  for (const stale of ['page', 'kernel-worker.js', 'netd.js', 'proxy.js', 'trestle.js']) rmSync(`${dist}/${stale}`, { recursive: true, force: true })
}
await Promise.all((asked.length === 0 ? Object.keys(targets) : asked).map((name) => targets[name]!()))

/**
 * Bundles what ships into dist/: the command line, the daemon with its kernel workers and data plane, and the graph
 * page. Bundles, because type stripping costs ~50 ms at every start of the command line. Native packages stay in
 * node_modules; they carry their own prebuilt binaries.
 *
 * `node scripts/build.ts [trestle] [netd] [page]`; everything without arguments.
 */
import { createHash } from 'node:crypto'
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
  external: ['koffi'],
  // CommonJS dependencies call require() for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
}

/**
 * The command line is CommonJS in one file: that starts 6 ms sooner than split ES modules, and modules that a command
 * does not use are not run. Its first file turns the compile cache on for the second. The lab stays apart, and ES.
 */
const commandLine: BuildOptions = {
  ...node,
  format: 'cjs',
  banner: {},
  define: { 'import.meta.dirname': '__dirname' },
  minify: true,
  supported: { 'dynamic-import': false },
  outExtension: { '.js': '.cjs' },
  plugins: [
    {
      name: 'apart',
      setup(plugin) {
        plugin.onResolve({ filter: /^\.\/program\.ts$/ }, () => ({ path: './trestle-program.cjs', external: true }))
        plugin.onResolve({ filter: /\/lab\/index\.ts$/ }, () => ({ path: './trestle-lab.js', external: true }))
        // commander needs it only for commands that are programs of their own, of which there are none: 2 ms.
        plugin.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
          importer.includes('/commander/') ? { path: 'child_process', namespace: 'lazy' } : undefined,
        )
        plugin.onLoad({ filter: /./, namespace: 'lazy' }, () => ({
          contents: "exports.spawn = (...args) => process.getBuiltinModule('node:child_process').spawn(...args)",
        }))
      },
    },
  ],
}

const targets: Record<string, () => Promise<unknown>> = {
  trestle: () =>
    Promise.all([
      build({ ...commandLine, entryPoints: { trestle: 'src/main.ts', 'trestle-program': 'src/program.ts' } }),
      build({
        ...node,
        entryPoints: { 'trestle-lab': 'lab/index.ts' },
        splitting: true,
        chunkNames: 'lab/[name]-[hash]',
        minifySyntax: true,
        minifyWhitespace: true,
      }),
    ]),
  netd: async () => {
    const dataplane = 'netd/dataplane/main.ts'
    const { outputFiles } = await build({ ...node, sourcemap: false, entryPoints: { dataplane }, write: false })
    await build({
      ...node,
      define: { dataPlaneDigest: JSON.stringify(createHash('sha256').update(outputFiles[0]!.contents).digest('hex')) },
      entryPoints: { netd: 'netd/main.ts', 'kernel-worker': 'netd/kernel/worker.ts', dataplane },
    })
  },
  page: () =>
    buildPage({
      root: `${root}lab/web/page`,
      base: './',
      logLevel: 'warn',
      build: { outDir: `${dist}/page`, emptyOutDir: true, chunkSizeWarningLimit: 1000 },
    }),
}

const asked = process.argv.slice(2)
const unknown = asked.find((name) => !(name in targets))
if (unknown !== undefined) {
  console.error(`build: there is no "${unknown}"; say any of: ${Object.keys(targets).join(', ')}`)
  process.exit(2)
}
if (asked.length === 0) {
  for (const stale of [
    'page',
    'lab',
    'kernel-worker.js',
    'netd.js',
    'dataplane.js',
    'proxy.js',
    'trestle.cjs',
    'trestle-program.cjs',
    'trestle-lab.js',
  ])
    rmSync(`${dist}/${stale}`, { recursive: true, force: true })
}
await Promise.all((asked.length === 0 ? Object.keys(targets) : asked).map((name) => targets[name]!()))

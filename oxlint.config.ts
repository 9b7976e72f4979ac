import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { defineConfig, type OxlintOverride } from 'oxlint'
import { dockerTypes, homes, walls, type Wall } from './architecture.ts'

const isInside = (folder: string, other: string): boolean => folder === other || folder.startsWith(`${other}/`)

/** What a wall keeps out, by the text of the import. */
function patternsOf({ folder, mayImport, because }: Wall) {
  const parent = dirname(folder)
  const kept = readdirSync(join(import.meta.dirname, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^\w/.test(entry.name) && join(parent, entry.name) !== folder)
    .map(({ name }) => name)
    .filter((name) => !mayImport.some((allowed) => allowed === name || dirname(allowed) === name))
  const message = `${folder}: ${because}.`
  const doors = mayImport.filter((allowed) => allowed.includes('/'))
  return [
    { regex: `^(\\.\\./)+(${kept.join('|')})/`, message },
    ...doors.map((door) => ({
      group: [`**/${dirname(door)}/*/**`, `**/${dirname(door)}/!(${basename(door)})`],
      message,
    })),
  ]
}

/** Of one folder: its own walls, and those of the folders that it lies in. */
function restrictions(folder: string) {
  const patterns = walls.filter((wall) => isInside(folder, wall.folder)).flatMap(patternsOf)
  const isKeptFromDocker = isInside(folder, dirname(dockerTypes.folder)) && !isInside(folder, dockerTypes.folder)
  const docker = {
    group: dockerTypes.modules.map((module) => `**/${module}`),
    message: `${dockerTypes.folder}: ${dockerTypes.because}.`,
  }
  const paths = homes
    .filter((home) => !isInside(folder, home.folder))
    .map(({ packageName, folder: home, because }) => ({
      name: packageName,
      message: `${packageName} is for ${home}: ${because}.`,
    }))
  return { patterns: isKeptFromDocker ? [...patterns, docker] : patterns, paths }
}

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'node'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  options: { typeAware: true },
  ignorePatterns: ['dist/**'],
  rules: {
    'no-await-in-loop': 'off',
    'no-underscore-dangle': 'off',
    'no-shadow': 'off',
    'import/no-cycle': 'error',
    'import/no-unassigned-import': 'off',
    'promise/always-return': 'off',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/no-redundant-type-constituents': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'oxc/no-map-spread': 'off',
    eqeqeq: 'error',
  },
  overrides: [
    // What matches last holds: the innermost folder, with the walls of those around it.
    ...[...walls.map(({ folder }) => folder), ...homes.map(({ folder }) => folder)]
      .toSorted()
      .map((folder): OxlintOverride => ({
        files: [`${folder}/**`],
        rules: { 'no-restricted-imports': ['error', restrictions(folder)] },
      })),
    { files: ['test/**'], rules: { 'typescript/no-explicit-any': 'off' } },
  ],
})

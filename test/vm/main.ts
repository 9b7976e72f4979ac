/**
 * `npm run test:vm [-- NAME…]`: the jobs of this folder in a virtual machine with Debian 13, its stock kernel, cgroup v2,
 * systemd and AppArmor. A NAME is a part of a file's name; `--list` says which there are.
 */
import { rmSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { cached, findCached } from '../support/cache.ts'
import { MissingError, needProgram, needRoom } from '../support/debian-root.ts'
import { projectRoot } from '../support/host.ts'
import { disk, payload } from './machine/disk.ts'
import { boot } from './machine/qemu.ts'
import { Verdict } from './machine/verdict.ts'

const { values: options, positionals: names } = parseArgs({
  options: { list: { type: 'boolean', default: false }, silence: { type: 'string', default: '10' } },
  allowPositionals: true,
})
const say = (text: string): void => console.log(text)

async function chosen(): Promise<string[]> {
  const all = (await readdir(`${projectRoot}test/vm`)).filter((name) => name.endsWith('.test.ts')).toSorted()
  const unknown = names.find((name) => !all.some((file) => file.includes(name)))
  if (unknown !== undefined)
    throw new MissingError(
      `there is no job "${unknown}"; say any of: ${all.map((file) => file.replace(/\.test\.ts$/, '')).join(', ')}`,
    )
  return all.filter((file) => names.length === 0 || names.some((name) => file.includes(name)))
}

/** True: every job passed. */
async function runJobs(jobs: string[], work: string): Promise<boolean> {
  needProgram('qemu-system-x86_64', 'qemu-system-x86')
  needProgram('mke2fs', 'e2fsprogs')
  if ((await findCached(disk)) === undefined) say('vm: making a Debian 13 disk, once; this takes some minutes')
  const folder = await cached(disk)
  await needRoom(work, 4000)
  await payload(
    `${work}/jobs`,
    projectRoot,
    jobs.map((file) => `test/vm/${file}`),
  )
  await using machine = boot(folder, `${work}/jobs`, `${work}/console`)
  const verdict = new Verdict(say)
  const silence = Number(options.silence) * 60_000
  let watch: NodeJS.Timeout | undefined
  const rest = (): void => {
    clearTimeout(watch)
    watch = setTimeout(() => {
      verdict.hung(`nothing was heard of the machine for ${options.silence} minutes`)
      void machine.end()
    }, silence)
  }
  rest()
  for await (const text of machine.lines) {
    rest()
    verdict.hear(text)
  }
  clearTimeout(watch)
  verdict.off()
  if (!verdict.isWhole) say((await readFile(`${work}/console`, 'utf8')).split('\n').slice(-30).join('\n'))
  say(verdict.figures)
  return verdict.hasPassed
}

const began = performance.now()
const work = await mkdtemp(`${tmpdir()}/trestle-vm-`)
// The machine, and a making of its disk, end with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    rmSync(work, { recursive: true, force: true })
    process.exit(1)
  })
try {
  const jobs = await chosen()
  if (options.list) for (const file of jobs) say(file.replace(/\.test\.ts$/, ''))
  else if (!(await runJobs(jobs, work))) process.exitCode = 1
} catch (error) {
  if (!(error instanceof MissingError)) throw error
  console.error(`vm: ${error.message}`)
  process.exitCode = 1
} finally {
  await rm(work, { recursive: true, force: true })
}
if (!options.list) console.error(`vm: ${Math.round((performance.now() - began) / 1000)} s`)

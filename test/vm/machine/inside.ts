/** Runs the jobs inside the machine, and after a reboot those named *.after.test.ts. What it prints goes out by the serial port. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { line, type Told } from './told.ts'

const root = new URL('../../..', import.meta.url).pathname
const tell = (told: Told): void => void process.stdout.write(line(told))

async function run(file: string, ...args: string[]): Promise<void> {
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'], cwd: root })
  await once(child, 'exit')
}

async function jobs(files: string[]): Promise<void> {
  if (files.length === 0) return
  const vitest = `${root}node_modules/vitest/vitest.mjs`
  await run(process.execPath, vitest, 'run', '--config', 'test/vm/vitest.config.ts', ...files)
}

tell({ tell: 'up' })
const all = JSON.parse(await readFile(`${root}jobs.json`, 'utf8')) as string[]
const isAfter = (file: string): boolean => file.endsWith('.after.test.ts')
/** inside.sh looks for it, too. */
const rebooted = `${root}rebooted`

if (existsSync(rebooted)) await jobs(all.filter(isAfter))
else {
  await jobs(all.filter((file) => !isAfter(file)))
  if (all.some(isAfter)) {
    await writeFile(rebooted, '')
    tell({ tell: 'reboot' })
    process.exit(0)
  }
}
tell({ tell: 'done' })

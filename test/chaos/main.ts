/**
 * `npm run test:chaos [-- --only kills,clients,…] [--seed N] [--minutes N]`: looks for what ends the daemon, for wrong
 * answers and for what is left behind. The seed is printed and repeats the draws; what depends on the machine's speed, the
 * very moment of a kill, it cannot repeat. One line of figures at the end; exit code 1 when anything was wrong or left.
 */
import { parseArgs } from 'node:util'
import { clients } from './clients.ts'
import { hostile } from './hostile/hostile.ts'
import { kills } from './kills.ts'
import { Random } from './random.ts'
import { Report } from './report.ts'
import { requests } from './requests/requests.ts'

const searches = { kills, clients, requests, hostile }
type SearchName = keyof typeof searches

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(searches).join(',') },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    minutes: { type: 'string', default: '2' },
  },
})
const names = options.only.split(',')
const unknown = names.find((name) => !Object.hasOwn(searches, name))
const minutes = Number(options.minutes)
if (unknown !== undefined || !(minutes > 0) || !Number.isInteger(Number(options.seed))) {
  process.stderr.write(
    `chaos: --only takes some of ${Object.keys(searches).join(', ')}, --seed a whole number, --minutes how long each may search\n`,
  )
  process.exit(2)
}

process.stdout.write(`chaos: seed ${options.seed}, ${minutes} min for each of ${names.join(', ')}\n`)
const report = new Report()
for (const name of names as SearchName[]) {
  const random = new Random(Number(options.seed))
  await searches[name]({ random, forMs: minutes * 60_000, report })
}
process.stdout.write(`chaos: seed ${options.seed}: ${report.line()}\n`)
process.exit(report.wrong.length + report.left.length === 0 ? 0 : 1)

/**
 * Two minutes of `npm run test:chaos`, by one seed: what it searches for hours, it searches here for long enough to tell that
 * the searches work, and that nothing is broken that breaks soon.
 */
import { expect, test } from 'vitest'
import { clients } from './clients.ts'
import { hostile } from './hostile/hostile.ts'
import { kills } from './kills.ts'
import { Random } from './random.ts'
import { Report, type Search } from './report.ts'
import { requests } from './requests/requests.ts'

/** For how long each looks; what it needs before and after is not counted. */
const searches: [string, number, (search: Search) => Promise<void>][] = [
  ['kills', 25_000, kills],
  ['clients', 8_000, clients],
  ['requests', 12_000, requests],
  ['hostile', 0, (search) => hostile(search, 'brief')],
]

test.each(searches)(
  '%s',
  async (_name, forMs, search) => {
    const report = new Report()
    await search({ random: new Random(6), forMs, report })
    process.stdout.write(`chaos: seed 6: ${report.line()}\n`)
    expect({ wrong: report.wrong, left: report.left }).toEqual({ wrong: [], left: [] })
    // As little as a slow machine does, and none of it is nothing.
    for (const [what, count] of Object.entries(report.counts)) expect(count, what).toBeGreaterThan(0)
    expect(report.counts).not.toEqual({})
  },
  600_000,
)

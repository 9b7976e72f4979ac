/** What explain foretells beside what packets do; `npm run test:explain` has many more, see test/explain. */
import { expect, test } from 'vitest'
import { judgeAll } from '../../explain/situations.ts'

test('a share of the situations of test/explain, of a fixed seed: the verdict is what happens, and the injected fault is named', async () => {
  const seeds = Array.from({ length: 40 }, (_, nth) => 1 + nth)
  const { outcomes, disagreements, unnamed, faultsThatStop } = await judgeAll(seeds)
  const told = (all: typeof outcomes) =>
    all.map(({ situation, explanation, isAnswered }) => ({
      seed: situation.seed,
      fault: situation.fault,
      isAnswered,
      sentence: explanation.sentence,
    }))
  expect(outcomes).toHaveLength(40)
  expect(told(disagreements)).toEqual([])
  expect(told(unnamed)).toEqual([])
  expect(faultsThatStop).toBeGreaterThan(8)
  // Mostly answers that do not come are waited for, 20 s in all; a busy machine takes longer to build the networks.
}, 300_000)

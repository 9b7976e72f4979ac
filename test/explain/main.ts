/** `npm run test:explain [-- --situations N] [--seed FIRST] [--verbose]`: what explain foretells beside what packets do. */
import { parseArgs } from 'node:util'
import { judgeAll, type Outcome } from './situations.ts'

const { values } = parseArgs({
  options: {
    situations: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
  },
})
const first = Number(values.seed)
const seeds = Array.from({ length: Number(values.situations) }, (_, nth) => first + nth)
const begun = performance.now()
const { outcomes, disagreements, wrongArrivals, faultsThatStop, unnamed } = await judgeAll(seeds)

function line({ situation: { seed, shot, shape, fault, server }, explanation, isAnswered }: Outcome): string {
  const set = Object.entries(shape).flatMap(([name, value]) => (value ? [name.slice(2)] : []))
  return [
    `seed ${seed}: ${shot.from} -> ${shot.to} ${shot.protocol} ${shot.address} port ${shot.port} size ${shot.sizeBytes}, fault: ${fault ?? 'none'}, server ${server}; ${set.join(' ')}`,
    `  ${isAnswered ? 'ANSWERED' : 'NOT ANSWERED'}; ${explanation.verdict}: ${explanation.sentence}`,
    `  ${explanation.cause?.object ?? ''}`,
    ...(values.verbose
      ? explanation.steps.map(
          (step) => `    ${step.direction} ${step.namespace} ${step.status} ${step.looked}: ${step.found}`,
        )
      : []),
  ].join('\n')
}

for (const outcome of disagreements) console.log(`DISAGREES ${line(outcome)}`)
for (const outcome of unnamed) console.log(`NOT NAMED ${line(outcome)}`)
const arrived = outcomes.filter(({ isAnswered }) => isAnswered).length
const share = (part: number, whole: number): string => `${part} of ${whole} (${((100 * part) / whole).toFixed(1)}%)`
console.log(
  `${outcomes.length} situations in ${((performance.now() - begun) / 1000).toFixed(0)} s, ${arrived} answered`,
)
console.log(`agreement: ${share(outcomes.length - disagreements.length, outcomes.length)}`)
console.log(`wrong "arrives": ${wrongArrivals.length}`)
console.log(`injected faults named: ${share(faultsThatStop - unnamed.length, faultsThatStop)}`)
process.exitCode = wrongArrivals.length > 0 || disagreements.length > outcomes.length * 0.02 ? 1 : 0

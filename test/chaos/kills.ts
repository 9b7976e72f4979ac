/** kill -9 at random moments of every verb: of netd, and of what it stands on. What should run goes on, the rest is gone, and a second try works. */
import { setTimeout } from 'node:timers/promises'
import type { HermeticHost } from '../support/host.ts'
import type { Report, Search } from './report.ts'
import { resources, sameResources } from './resources.ts'
import { sameTraces, traces } from './traces.ts'
import { verbs, type Verb } from './verbs.ts'
import { noFaults, startWorld, steadyGoesOn } from './world.ts'

/** By its command line, as seen inside; a shim only ever of a container that is not the steady one. */
const patterns = {
  containerd: /^\S*containerd --c/,
  'the data plane': /\/dataplane\.js/,
  'a shim': /containerd-shim-runc-v2 .*-id/,
}
type Other = keyof typeof patterns

export async function kills({ random, forMs, report }: Search): Promise<void> {
  await using host = await startWorld()
  const usualMs = await durations(host)
  const before = await traces(host)
  const held = await resources(host)
  const steady = (await host.http('GET', '/containers/steady/json')).body.Id as string
  const others: Other[] = ['containerd', 'the data plane', 'a shim']
  const untilMs = performance.now() + forMs
  for (let round = 0; performance.now() < untilMs; round += 1) {
    const verb = verbs[round % verbs.length]!
    const victim = random.below(5) < 2 ? random.pick(others) : 'netd'
    const delayMs = random.next() * 1.2 * usualMs.get(verb)!
    // Of the starts that follow: what a netd finds half made, it is killed over, too.
    const startDelaysMs = Array.from({ length: random.below(6) }, () => random.next() * 1200)
    const what = `round ${round}: ${victim} killed ${delayMs.toFixed(0)} ms into ${verb.name}`
    try {
      await verb.prepare(host)
      const acting = verb.act(host).catch(() => undefined)
      await setTimeout(delayMs)
      if (victim === 'netd') await killNetd(host, startDelaysMs, report)
      else if (await killOther(host, victim, steady)) report.count(`kills of ${victim}`)
      await acting
      await steadyGoesOn(host, what, report)
      await verb.finish(host)
    } catch (error) {
      report.isWrong(`${what}: ${(error as Error).message}`, host.netdOutput)
      return
    }
    await sameTraces(host, before, what, report)
    if (report.left.length > 0) return
  }
  await sameResources(host, held, 'the kills', report)
  await noFaults(host, report)
}

/** How long each verb takes when nobody interrupts it: the moments to kill at lie within. */
async function durations(host: HermeticHost): Promise<Map<Verb, number>> {
  const usual = new Map<Verb, number>()
  for (const verb of verbs) {
    await verb.prepare(host)
    const begun = performance.now()
    await verb.act(host)
    usual.set(verb, performance.now() - begun)
    await verb.finish(host)
  }
  return usual
}

async function killNetd(host: HermeticHost, startDelaysMs: number[], report: Report): Promise<void> {
  await host.stopNetd('SIGKILL')
  report.count('kills of netd')
  for (const delayMs of startDelaysMs) {
    host.spawnNetd()
    await setTimeout(delayMs)
    await host.stopNetd('SIGKILL')
    report.count('more while it started')
  }
  await host.startNetd()
}

/** Whether there was one. */
async function killOther(host: HermeticHost, other: Other, steady: string): Promise<boolean> {
  const { stdout } = await host.run(['ps', '-e', '-ww', '-o', 'pid=,args='])
  const victim = stdout
    .split('\n')
    .map((line) => /^\s*(\d+) (.*)$/.exec(line))
    .find((match) => match !== null && patterns[other].test(match[2]!) && !match[2]!.includes(steady))
  if (victim === undefined || victim === null) return false
  return (await host.run(['kill', '-9', victim[1]!], { allowFailure: true })).exitCode === 0
}

/** The same requests to stock dockerd and to netd: status codes, key sets, types and the sentences that programs read. */
import { expect, test } from 'vitest'
import { projectRoot, startHost, type HttpResponse } from '../support/host.ts'
import { startStockDockerd } from '../support/stock-dockerd.ts'
import { accepted } from './accepted.ts'
import { conversation, type Step } from './requests.ts'
import { differences, shapeOf, withoutIds } from './shape.ts'

interface Daemon {
  http(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<HttpResponse>
}

async function hold(daemon: Daemon): Promise<Map<Step, HttpResponse>> {
  const captured: Record<string, string> = {}
  const fill = (text: string): string => text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => captured[name] ?? whole)
  const answers = new Map<Step, HttpResponse>()
  for (const step of conversation) {
    const path = step.path.startsWith('/v') && /^\/v\d/.test(step.path) ? step.path : `/v1.41${fill(step.path)}`
    const answer = await daemon.http(step.method, path, step.body, step.headers)
    if (step.capture !== undefined && answer.body?.Id !== undefined) captured[step.capture] = answer.body.Id
    answers.set(step, answer)
  }
  return answers
}

function compare(ours: HttpResponse, theirs: HttpResponse): string[] {
  const found = ours.status === theirs.status ? [] : [`status: ${ours.status} / ${theirs.status}`]
  const [ourType, theirType] = [ours.headers['content-type'], theirs.headers['content-type']]
  if (ourType !== theirType) found.push(`content-type: ${ourType} / ${theirType}`)
  found.push(...differences(shapeOf(ours.body ?? null), shapeOf(theirs.body ?? null)))
  if (typeof theirs.body?.message === 'string' || typeof ours.body?.message === 'string') {
    const [ourSentence, theirSentence] = [withoutIds(String(ours.body?.message)), withoutIds(String(theirs.body?.message))]
    if (ourSentence !== theirSentence) found.push(`message: ${ourSentence} / ${theirSentence}`)
  }
  return found
}

test('netd answers as stock dockerd does', async () => {
  await using host = await startHost()
  await using dockerd = await startStockDockerd()
  for (const daemon of [host, dockerd]) await daemon.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  const [ours, theirs] = [await hold(host), await hold(dockerd)]

  const used = new Set<(typeof accepted)[number]>()
  const unexpected: string[] = []
  for (const step of conversation) {
    for (const difference of compare(ours.get(step)!, theirs.get(step)!)) {
      const entry = accepted.find(({ steps, difference: pattern }) => (steps === 'any' || steps.includes(step.name)) && pattern.test(difference))
      if (entry === undefined) unexpected.push(`${step.name}: ${difference}`)
      else used.add(entry)
    }
  }
  expect(unexpected).toEqual([])
  expect(accepted.filter((entry) => !used.has(entry))).toEqual([])
}, 180_000)

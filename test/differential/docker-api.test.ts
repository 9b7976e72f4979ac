/** The same requests to stock dockerd and to netd: status codes, key sets, types and the sentences that programs read. */
import { expect, test } from 'vitest'
import { projectRoot, startHost, type HttpResponse } from '../support/host.ts'
import { docker26Root } from '../support/docker26.ts'
import { startStockDockerd } from '../support/stock-dockerd.ts'
import { accepted } from './accepted.ts'
import { conversation } from './conversation.ts'
import type { Step } from './conversation/step.ts'
import { differences, shapeOf, withoutIds } from './shape.ts'

interface Daemon {
  http(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<HttpResponse>
}

async function hold(daemon: Daemon, apiVersion: string): Promise<Map<Step, HttpResponse>> {
  const captured: Record<string, string> = {}
  const fill = (text: string): string =>
    text.replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
      name === 'now' ? String(Math.ceil(Date.now() / 1000)) : (captured[name] ?? whole),
    )
  const answers = new Map<Step, HttpResponse>()
  for (const step of conversation) {
    const path = /^\/v\d/.test(step.path) ? step.path : `/v${apiVersion}${fill(step.path)}`
    const answer = await daemon.http(step.method, path, step.body, step.headers)
    if (step.capture !== undefined && answer.body?.Id !== undefined) captured[step.capture] = answer.body.Id
    answers.set(step, answer)
  }
  return answers
}

function compare({ isStream, values }: Step, ours: HttpResponse, theirs: HttpResponse): string[] {
  const found = ours.status === theirs.status ? [] : [`status: ${ours.status} / ${theirs.status}`]
  // Go chunks a JSON answer when it is long; a stream's framing is part of its protocol.
  for (const name of isStream === true ? ['content-type', 'transfer-encoding'] : ['content-type']) {
    const [our, their] = [ours, theirs].map(({ headers }) => String(headers[name]))
    if (our !== their) found.push(`${name}: ${our} / ${their}`)
  }
  found.push(...differences(shapeOf(ours.body ?? null), shapeOf(theirs.body ?? null)))
  const same = (what: string, our: unknown, their: unknown): void => {
    const [ourText, theirText] = [withoutIds(JSON.stringify(our) ?? ''), withoutIds(JSON.stringify(their) ?? '')]
    if (ourText !== theirText) found.push(`${what}: ${ourText} / ${theirText}`)
  }
  if (typeof theirs.body?.message === 'string' || typeof ours.body?.message === 'string')
    same('message', ours.body?.message, theirs.body?.message)
  if (isStream === true) same('bytes', ours.text, theirs.text)
  if (values !== undefined) same('values', valuesOf(values, ours.body), valuesOf(values, theirs.body))
  return found
}

/** An answer that is nothing like what was expected differs by that. */
function valuesOf(values: NonNullable<Step['values']>, body: unknown): unknown {
  try {
    return values(body)
  } catch (error) {
    return (error as Error).message
  }
}

/** Docker 26.1 where its root is there, else this machine's own. */
test('netd answers as stock dockerd does', async () => {
  await using host = await startHost()
  await using dockerd = await startStockDockerd(await docker26Root())
  const { ApiVersion: apiVersion, Version: version } = (await dockerd.http('GET', '/version')).body
  for (const daemon of [host, dockerd]) await daemon.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  const [ours, theirs] = [await hold(host, apiVersion), await hold(dockerd, apiVersion)]
  const candidates = accepted.filter(({ of }) => of === undefined || version.startsWith(of))

  const used = new Set<(typeof accepted)[number]>()
  const unexpected: string[] = []
  for (const step of conversation) {
    for (const difference of compare(step, ours.get(step)!, theirs.get(step)!)) {
      const entry = candidates.find(
        ({ steps, difference: pattern }) =>
          (steps === 'any' || [steps].flat().includes(step.name)) && pattern.test(difference),
      )
      if (entry === undefined) unexpected.push(`${step.name}: ${difference}`)
      else used.add(entry)
    }
  }
  expect(unexpected).toEqual([])
  expect(candidates.filter((entry) => !used.has(entry))).toEqual([])
}, 180_000)

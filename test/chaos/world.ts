/** The host that the searches work on: an image, a network, and one container that has to run through all of it. */
import { readFile } from 'node:fs/promises'
import { eventually } from '../support/eventually.ts'
import { projectRoot, startHost, type HermeticHost, type HttpResponse } from '../support/host.ts'
import type { Report } from './report.ts'

export const image = 'trestle/toolbox'
export const steadyPort = 18_080

export async function startWorld(): Promise<HermeticHost> {
  const host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await host.docker(['network', 'create', 'base'])
  const serve = 'mkdir /www; echo steady > /www/index.html; exec httpd -f -p 80 -h /www'
  await host.docker(`run -d --name steady --network base -p ${steadyPort}:80 ${image} sh -c`.split(' ').concat(serve))
  // The first ones make folders that stay.
  await host.docker(['run', '--rm', '-i', '-v', 'first:/data', '--network', 'base', image, 'true'])
  await host.docker(['volume', 'rm', 'first'])
  await host.docker(['exec', 'steady', 'true'])
  await ask(host, 'POST', '/trestle/v1/namespaces', { name: 'first' })
  await ask(host, 'DELETE', '/trestle/v1/namespaces/first')
  return host
}

/** Undefined when nothing came within a minute: a request that hangs is one that was not answered. */
export async function ask(host: HermeticHost, method: string, path: string, body?: unknown): Promise<HttpResponse> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${method} ${path}: no answer within a minute`)), 60_000)
  try {
    return await Promise.race([host.http(method, path, body), promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Its port and its name work, and the daemon says that it runs. */
export async function steadyGoesOn(host: HermeticHost, after: string, report: Report): Promise<void> {
  await eventually(
    async () => {
      const { stdout } = await host.run(['curl', '-sf', '--max-time', '5', `http://127.0.0.1:${steadyPort}/`])
      if (stdout !== 'steady\n') throw new Error(`its port answers ${JSON.stringify(stdout)}`)
      const { body } = await ask(host, 'GET', '/containers/steady/json')
      if (body.State?.Status !== 'running') throw new Error(`it is ${JSON.stringify(body.State ?? body)}`)
      // In its own namespaces, by nsenter: an exec costs more than all else here, and the verbs have theirs.
      const inside = ['nsenter', `--target=${body.State.Pid}`, '--net', '--mount', '--root', '--']
      const named = await host.run([...inside, 'curl', '-sf', '--max-time', '5', 'http://steady/'])
      if (named.stdout !== 'steady\n') throw new Error(`its name answers ${JSON.stringify(named.stdout)}`)
    },
    { timeoutMs: 20_000, intervalMs: 100 },
  ).catch((error: Error) => report.isWrong(`${after}: the steady container does not go on: ${error.message}`))
}

/** What reached the process itself, and ended it, is a bug whatever came of it (netd/process/fault-record.ts). */
export async function noFaults(host: HermeticHost, report: Report): Promise<void> {
  const faults = await readFile(`${host.dataRoot}/faults.jsonl`, 'utf8').catch(() => '')
  if (faults !== '') report.isWrong('netd ended by a fault of its own', faults)
}

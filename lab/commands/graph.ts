/** `trestle graph`: the page in a browser, or the same as JSON. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { UsageError, type LabContext } from '../context.ts'
import { servePage } from '../web/server.ts'

export interface GraphOptions {
  /** As given. */
  port: string
  /** `--no-open` makes it false. */
  open: boolean
  json?: true
}

/** From dist/lab/ when bundled, from lab/commands/ when run from the sources. */
function pageFolder(): string {
  const folders = ['../page/', '../../dist/page/'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  return folders.find((folder) => existsSync(folder)) ?? folders[0]!
}

/** Where there is a desktop. The URL is printed in any case, so a failure to open it costs nothing. */
function openBrowser(url: string, environment: LabContext['environment']): void {
  if (environment['DISPLAY'] === undefined && environment['WAYLAND_DISPLAY'] === undefined) return
  const opener = spawn('xdg-open', [url], { stdio: 'ignore', detached: true })
  opener.once('error', () => undefined)
  opener.unref()
}

function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new UsageError(`invalid port "${text}": it must be a number from 0 to 65535`)
  return Number(text)
}

function interrupted(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  return promise
}

export async function graph({ port, open, json }: GraphOptions, context: LabContext): Promise<void> {
  const wanted = parsePort(port)
  const client = await context.client()
  const source = client.trestle.graph
  // Asked in any case: a daemon that is not there is an error now, not an empty page.
  const snapshot = await source.read()
  if (json === true) {
    context.stdout.write(`${JSON.stringify(snapshot, undefined, 2)}\n`)
    return
  }
  const stop = interrupted()
  await using page = await servePage({ source, folder: pageFolder(), port: wanted })
  context.stdout.write(`${page.url}\n`)
  context.stderr.write('The URL is good for one visit. Ctrl-C ends the page.\n')
  if (open) openBrowser(page.url, context.environment)
  await stop
}

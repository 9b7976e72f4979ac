/** The page in a real browser, in the hermetic host: what it shows is what the daemon built, and what `ip` changes turns on it. */
import { once } from 'node:events'
import type { ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import type { Core } from 'cytoscape'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { projectRoot, startHost, type HermeticHost } from '../../support/host.ts'

let host: HermeticHost
let server: ChildProcess
let browser: Browser
let page: Page
let origin: string
const requests: string[] = []
const complaints: string[] = []

/** Whole ids of the containers, by name. */
const ids = new Map<string, string>()

beforeAll(async () => {
  host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await host.docker(['network', 'create', '--subnet', '10.77.0.0/24', 'front'])
  for (const name of ['web', 'client']) {
    const published = name === 'web' ? ['-p', '8080:80'] : []
    const { stdout } = await host.docker([
      'run',
      '-d',
      '--name',
      name,
      '--network',
      'front',
      ...published,
      'trestle/toolbox',
      'sleep',
      '600',
    ])
    ids.set(name, stdout.trim())
  }
  server = host.spawn([`${projectRoot}bin/trestle`, '-H', `unix://${host.socket}`, 'graph', '--no-open'])
  const [url] = (await once(server.stdout!, 'data')) as [Buffer]
  origin = new URL(url.toString()).origin
  // The page's 127.0.0.1 is the host's: the browser has to be there, too.
  const executablePath = `${host.root}/chromium`
  await writeFile(executablePath, `#!/bin/sh\nexec nsenter --net=${host.netns} -- /usr/bin/chromium "$@"\n`, {
    mode: 0o755,
  })
  browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  page.on('request', (request) => requests.push(request.url()))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(url.toString().trim())
  await connected('Live')
})

afterAll(async () => {
  await browser?.close()
  server?.kill()
  await host?.[Symbol.asyncDispose]()
})

const connected = (text: string): Promise<void> =>
  page.getByTestId('connection').filter({ hasText: text }).waitFor({ timeout: 10_000 })

/** The cells of one interface's row, as a screen reader finds it. */
async function row(namespace: string, name: string): Promise<string[]> {
  const table = page.getByRole('table', { name: /^Interfaces/ })
  const rows = table
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name, exact: true }) })
    .filter({ has: page.getByRole('cell', { name: namespace, exact: true }) })
  return rows.getByRole('cell').allInnerTexts()
}

/** Where cytoscape registers itself with its container. */
interface Picture {
  _cyreg: { cy: Core }
}

/** An element of cytoscape's own model. */
function drawn(
  id: string,
): Promise<
  | { data: Record<string, unknown>; classes: string[]; position: { x: number; y: number }; parent: string | undefined }
  | undefined
> {
  return page.getByTestId('picture').evaluate((picture, wanted) => {
    const { cy } = (picture as unknown as Picture)._cyreg
    const element = cy.getElementById(wanted)
    if (element.empty()) return undefined
    return {
      data: element.data() as Record<string, unknown>,
      classes: element.classes(),
      position: { ...element.position() },
      parent: element.isNode() ? element.parent().first().id() : undefined,
    }
  }, id)
}

async function link(namespace: string, ...command: string[]): Promise<void> {
  await host.run(['nsenter', `--net=${host.execRoot}/netns/${ids.get(namespace)!}`, '--', 'ip', 'link', ...command])
}

async function index(namespace: string, name: string): Promise<number> {
  const { stdout } = await host.run([
    'nsenter',
    `--net=${host.execRoot}/netns/${ids.get(namespace)!}`,
    '--',
    'ip',
    '-j',
    'link',
    'show',
    name,
  ])
  return (JSON.parse(stdout) as { ifindex: number }[])[0]!.ifindex
}

test('the topology is in the tables', async () => {
  for (const name of ['web', 'client']) {
    const [, state, addresses, connectedTo] = await row(name, 'eth0')
    expect(state).toBe('● up')
    expect(addresses).toMatch(/^10\.77\.0\.\d+\/24/)
    expect(connectedTo).toMatch(/^host \S+$/)
  }
  const networks = page.getByRole('table', { name: /^Networks/ })
  expect(
    await networks
      .getByRole('row')
      .filter({ has: page.getByRole('rowheader', { name: 'front' }) })
      .getByRole('cell')
      .allInnerTexts(),
  ).toEqual(['bridge', '10.77.0.0/24', expect.stringMatching(/^br-/), 'no'])
  expect(await page.getByRole('table', { name: /^Published ports/ }).innerText()).toContain(':8080 ⇥ 80/tcp')
})

test('and the same is in the picture: containers around their interfaces, lines to the bridge', async () => {
  const links = await host.json<{ ifindex: number; ifname: string }[]>(['ip', '-j', 'link', 'show', 'type', 'bridge'])
  const bridge = `host/${links.find(({ ifname }) => ifname.startsWith('br-'))!.ifindex}`
  expect((await drawn(bridge))!.data['label']).toContain('front')
  for (const name of ['web', 'client']) {
    const id = ids.get(name)!
    expect((await drawn(id))!.data['name']).toBe(name)
    const eth0 = `${id}/${await index(name, 'eth0')}`
    expect(await drawn(eth0)).toMatchObject({ parent: id, data: { status: 'up' } })
    const lines = await page.getByTestId('picture').evaluate((picture, from) => {
      const { cy } = (picture as unknown as Picture)._cyreg
      return cy
        .getElementById(from)
        .connectedEdges()
        .map((edge) => ({
          source: edge.source().id(),
          target: edge.target().id(),
          name: edge.data('toLabel') as string,
        }))
    }, eth0)
    expect(lines).toEqual([{ source: eth0, target: bridge, name: (await row(name, 'eth0'))[3]!.replace('host ', '') }])
  }
})

test('a link set down by ip turns within a second, in the table, in the picture, and in words; nothing moves', async () => {
  const id = `${ids.get('web')!}/${await index('web', 'eth0')}`
  const before = await drawn(id)
  await link('web', 'set', 'eth0', 'down')
  await eventually(async () => expect((await row('web', 'eth0'))[1]).toBe('✕ down'), { timeoutMs: 1000 })
  expect(await drawn(id)).toMatchObject({
    data: { status: 'down', label: expect.stringContaining('✕ down') },
    classes: expect.arrayContaining(['down']),
    position: before!.position,
  })
  expect(await page.getByTestId('announcements').innerText()).toContain('web eth0 is down')

  await link('web', 'set', 'eth0', 'up')
  await eventually(async () => expect((await row('web', 'eth0'))[1]).toBe('● up'), { timeoutMs: 1000 })
})

test('a container that comes is placed, and what was there stays', async () => {
  const before = await drawn(`title:${ids.get('client')!}`)
  const { stdout } = await host.docker([
    'run',
    '-d',
    '--name',
    'late',
    '--network',
    'front',
    'trestle/toolbox',
    'sleep',
    '600',
  ])
  await eventually(async () => expect((await row('late', 'eth0'))[1]).toBe('● up'), { timeoutMs: 1000 })
  expect(await drawn(stdout.trim())).toBeDefined()
  expect((await drawn(`title:${ids.get('client')!}`))!.position).toEqual(before!.position)
  await host.docker(['rm', '-f', 'late'])
  await eventually(async () => expect(await drawn(stdout.trim())).toBeUndefined(), { timeoutMs: 1000 })
})

test('the keyboard reaches everything: search, choose in the table, read the panel, leave', async () => {
  await page.keyboard.press('/')
  await page.keyboard.type('client')
  await expect.poll(() => page.getByTestId('matches').innerText()).toMatch(/found$/)
  await page.keyboard.press('Escape')
  expect(await page.getByTestId('search').inputValue()).toBe('')
  await page.getByTestId('table-namespaces').getByRole('button', { name: 'client' }).focus()
  await page.keyboard.press('Enter')
  const panel = page.getByRole('complementary', { name: 'Details' })
  await panel.getByRole('heading', { name: 'client' }).waitFor()
  await panel.getByRole('button', { name: 'eth0' }).focus()
  await page.keyboard.press('Enter')
  await panel.getByRole('heading', { name: 'eth0' }).waitFor()
  expect(await panel.innerText()).toMatch(/ip link add \S+ type veth peer name eth0 netns \$ns_client/)
  await page.keyboard.press('Escape')
  await panel.getByRole('heading', { name: 'Nothing selected' }).waitFor()
})

test('a daemon that dies is told, and the page comes back with it', async () => {
  await host.stopNetd('SIGKILL')
  await connected('Connection lost')
  await host.startNetd()
  await connected('Live')
  expect((await row('web', 'eth0'))[1]).toBe('● up')
  // The browser itself logs the answers it got while the daemon was away.
  complaints.splice(
    0,
    complaints.length,
    ...complaints.filter(
      (text) => !text.includes('502 (Bad Gateway)') && !text.includes('ERR_INCOMPLETE_CHUNKED_ENCODING'),
    ),
  )
})

test('nothing was asked of another origin, and the console has nothing to complain of', () => {
  expect(requests.length).toBeGreaterThan(3)
  expect(requests.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith('data:'))).toEqual([])
  expect(complaints).toEqual([])
})

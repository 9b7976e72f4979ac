/** docs/firewall.md shows the live table; UPDATE_DOCS=1 writes it anew. */
import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { BridgeIntent, Firewall, PublishIntent } from '../../../netd/firewall/firewall.ts'
import { openFirewall } from '../../../netd/firewall/nftables-firewall.ts'
import { openKernel } from '../../../netd/kernel/client.ts'
import type { Kernel } from '../../../netd/kernel/kernel.ts'
import type { PublishedPort } from '../../../netd/store/records.ts'
import { freshNamespace, type FreshNamespace } from '../../support/namespace.ts'

const page = new URL('../../../docs/firewall.md', import.meta.url)

const web: BridgeIntent = {
  bridge: 'br-web',
  ipv4Subnets: ['10.1.0.0/24'],
  ipv6Subnets: [],
  isInternal: false,
  isMasquerade: true,
  isGuarded: false,
}
const database: BridgeIntent = {
  bridge: 'br-db',
  ipv4Subnets: ['10.2.0.0/24'],
  ipv6Subnets: [],
  isInternal: true,
  isMasquerade: true,
  isGuarded: false,
}
const container = (...ports: PublishedPort[]): PublishIntent => ({ ipv4: '10.1.0.2', ports })

const scenarios: Record<string, { bridges: BridgeIntent[]; published: PublishIntent[] }> = {
  'no network': { bridges: [], published: [] },
  'one network': { bridges: [web], published: [] },
  'an internal network': { bridges: [database], published: [] },
  'a published port': {
    bridges: [web],
    published: [
      container(
        { hostAddress: '0.0.0.0', hostPort: 8080, containerPort: 80, protocol: 'tcp' },
        { hostAddress: '127.0.0.1', hostPort: 5432, containerPort: 5432, protocol: 'tcp' },
        { hostAddress: '0.0.0.0', hostPort: 53, containerPort: 53, protocol: 'udp' },
      ),
    ],
  },
  'a range of ports': {
    bridges: [web],
    published: [
      container(
        ...Array.from({ length: 1000 }, (_, at): PublishedPort => ({
          hostAddress: '0.0.0.0',
          hostPort: 8000 + at,
          containerPort: 8000 + at,
          protocol: 'tcp',
        })),
      ),
    ],
  },
}

let ns: FreshNamespace
let kernel: Kernel
let firewall: Firewall

beforeAll(async () => {
  ns = await freshNamespace()
  kernel = await openKernel()
  firewall = openFirewall({ kernel, host: ns.path, table: 'trestle' })
})

afterAll(async () => {
  await kernel.close()
  await ns[Symbol.asyncDispose]()
})

it('docs/firewall.md shows the table of: a guarded port', async () => {
  const guard = {
    port: 'veth1234567',
    mac: '02:42:0a:01:00:02',
    addresses: ['10.1.0.2', 'fd00:1::2', 'fe80::42:aff:fe01:2'],
  }
  await firewall.reconcile([{ ...web, isGuarded: true }], [], [guard])
  const { stdout } = await ns.run(['nft', 'list', 'table', 'bridge', 'trestle'])
  await compare('a guarded port', stdout)
})

it.each(Object.entries(scenarios))('docs/firewall.md shows the table of: %s', async (name, { bridges, published }) => {
  await firewall.reconcile(bridges, published)
  const { stdout } = await ns.run(['nft', 'list', 'table', 'inet', 'trestle'])
  await compare(name, name === 'no network' ? stdout : setsWithElements(stdout))
})

async function compare(name: string, shown: string): Promise<void> {
  const text = await readFile(page, 'utf8')
  const marker = `<!-- scenario: ${name} -->\n`
  const start = text.indexOf(marker) + marker.length
  expect(start).toBeGreaterThan(marker.length)
  const block = /^```nft\n[^]*?\n```\n/.exec(text.slice(start))?.[0] ?? ''
  const wanted = `\`\`\`nft\n${shown.replaceAll('\t', '    ').trimEnd()}\n\`\`\`\n`
  if (process.env['UPDATE_DOCS'] !== undefined)
    await writeFile(page, text.slice(0, start) + wanted + text.slice(start + block.length))
  else expect(block).toBe(wanted)
}

/** What a scenario adds to the skeleton; elements of a hash come in no order of their own. */
function setsWithElements(listing: string): string {
  const blocks = listing.match(/^\t(?:set|map) [^]*?^\t}$/gm)!.filter((block) => block.includes('elements = '))
  return blocks
    .map((block) =>
      block
        .replaceAll(/^\t/gm, '')
        .replace(
          /elements = \{ ([^}]*) \}/,
          (_, list: string) => `elements = { ${list.split(/,\s+/).toSorted().join(', ')} }`,
        ),
    )
    .join('\n\n')
}

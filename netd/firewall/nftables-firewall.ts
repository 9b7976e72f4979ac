import type { Kernel, KernelError, KernelStep, Namespace } from '../kernel/kernel.ts'
import type { NftCommand, NftElement } from '../kernel/nft.ts'
import type { Protocol } from '../store/container-options.ts'
import { antiSpoofing, guardElements, type PortGuard } from './anti-spoofing.ts'
import { bridgeElements, publishElements } from './elements.ts'
import type { BridgeIntent, Firewall, PublishIntent } from './firewall.ts'
import { commandsOf, type Ruleset } from './ruleset.ts'
import { skeleton } from './skeleton.ts'

export interface FirewallOptions {
  kernel: Kernel
  /** Where bridges and published ports are. */
  host: Namespace
  /** One per daemon. */
  table: string
}

export function openFirewall({ kernel, host, table }: FirewallOptions): Firewall {
  const elementSteps = ({ family, sets }: Ruleset, elements: ElementsOf): KernelStep[] =>
    Object.keys(sets).flatMap((set): KernelStep[] =>
      elements[set] === undefined
        ? []
        : [
            {
              do: 'nft.elements.add',
              namespace: host,
              ...(family === 'bridge' ? { family } : {}),
              table,
              set,
              elements: elements[set],
            },
          ],
    )
  const isGuarding = (bridges: BridgeIntent[]): boolean => bridges.some(({ isGuarded }) => isGuarded)

  return {
    async reconcile(bridges, published, guards = []) {
      const commands = await repairs({ kernel, host, table }, skeleton, [
        ...bridges.map(bridgeElements),
        ...published.map(publishElements),
      ])
      if (isGuarding(bridges))
        commands.push(...(await repairs({ kernel, host, table }, antiSpoofing, guards.map(guardElements))))
      else if (await kernel.hasTable(host, table, antiSpoofing.family))
        commands.push({ do: 'delete', table, family: antiSpoofing.family, object: 'table' })
      await kernel.apply([{ do: 'nft.transaction', namespace: host, commands }])
    },

    async stands(bridges) {
      if (!(await kernel.hasTable(host, table))) return false
      return !isGuarding(bridges) || kernel.hasTable(host, table, antiSpoofing.family)
    },

    bridgeSteps: (intent: BridgeIntent) => [
      ...(intent.isGuarded
        ? [{ do: 'nft.transaction' as const, namespace: host, commands: commandsOf(table, antiSpoofing) }]
        : []),
      ...elementSteps(skeleton, bridgeElements(intent)),
      // What localhost sends to a published port leaves by the bridge; see `guard` in ./skeleton.ts for the other direction.
      {
        do: 'sysctl.set',
        namespace: host,
        name: `net.ipv4.conf.${intent.bridge.replaceAll('.', '/')}.route_localnet`,
        value: '1',
      },
    ],

    guardSteps: (guard: PortGuard) => elementSteps(antiSpoofing, guardElements(guard)),
    publishSteps: (intent: PublishIntent) => elementSteps(skeleton, publishElements(intent)),
    changeSteps(before, after) {
      const commands = changes(table, skeleton, publishElements(before), publishElements(after))
      return commands.length === 0 ? [] : [{ do: 'nft.transaction', namespace: host, commands }]
    },
    flushSteps: (intent, protocols = ['udp']) => protocols.flatMap((protocol) => flushSteps(host, intent, protocol)),
  }
}

/** One step for every address that has ports. */
function flushSteps(namespace: Namespace, { ports, ipv4, ipv6 }: PublishIntent, protocol: Protocol): KernelStep[] {
  const steered = ports.filter(
    (port) => port.protocol === protocol && (port.hostAddress.includes(':') ? ipv6 : ipv4) !== undefined,
  )
  return [...Map.groupBy(steered, ({ hostAddress }) => hostAddress)].map(([address, group]): KernelStep => {
    const port = group.flatMap(({ hostPort, count = 1 }) => Array.from({ length: count }, (_, at) => hostPort + at))
    const flush = { do: 'conntrack.flush', namespace, protocol, port } as const
    if (address === '0.0.0.0') return { ...flush, family: 'ipv4' }
    return address === '::' ? { ...flush, family: 'ipv6' } : { ...flush, address }
  })
}

type ElementsOf = Partial<Record<string, NftElement[]>>

/** What makes the table whole, and its elements exactly those. */
async function repairs(options: FirewallOptions, ruleset: Ruleset, intents: ElementsOf[]): Promise<NftCommand[]> {
  const before: ElementsOf = {}
  const after: ElementsOf = {}
  for (const set of Object.keys(ruleset.sets)) {
    before[set] = await present(options, ruleset, set)
    after[set] = intents.flatMap((elements) => elements[set] ?? [])
  }
  return [...commandsOf(options.table, ruleset), ...changes(options.table, ruleset, before, after)]
}

function changes(table: string, { family, sets }: Ruleset, before: ElementsOf, after: ElementsOf): NftCommand[] {
  return Object.keys(sets).flatMap((set) => {
    const { stale, missing } = difference(before[set] ?? [], after[set] ?? [])
    const our = { table, family, object: 'element', set } as const
    return [
      // Deletions first: an element may change its data, and in an interval map its bounds.
      ...(stale.length > 0 ? [{ do: 'delete', ...our, elements: stale } as const] : []),
      ...(missing.length > 0 ? [{ do: 'add', ...our, elements: missing } as const] : []),
    ]
  })
}

/** Nothing where table or set is missing: reconciliation is about to make it. */
async function present(
  { kernel, host, table }: FirewallOptions,
  { family }: Ruleset,
  set: string,
): Promise<NftElement[]> {
  try {
    return await kernel.elements(host, table, set, family)
  } catch (error) {
    if ((error as KernelError).errno === 'ENOENT') return []
    throw error
  }
}

function difference(present: NftElement[], wanted: NftElement[]): { stale: NftElement[]; missing: NftElement[] } {
  const text = ({ key, keyEnd, data }: NftElement): string => JSON.stringify([key, keyEnd ?? key, data ?? []])
  const presentTexts = new Set(present.map(text))
  const wantedTexts = new Set(wanted.map(text))
  return {
    stale: present.filter((element) => !wantedTexts.has(text(element))),
    missing: wanted.filter((element) => !presentTexts.has(text(element))),
  }
}

import type { Kernel, KernelError, KernelStep, Namespace } from '../kernel/kernel.ts'
import type { NftCommand, NftElement } from '../kernel/nft.ts'
import type { Protocol } from '../store/container-options.ts'
import { bridgeElements, publishElements, type Elements } from './elements.ts'
import type { BridgeIntent, Firewall, PublishIntent } from './firewall.ts'
import { family, sets, skeleton, type SetName } from './skeleton.ts'

export interface FirewallOptions {
  kernel: Kernel
  /** Where bridges and published ports are. */
  host: Namespace
  /** One per daemon. */
  table: string
}

const setNames = Object.keys(sets) as SetName[]

export function openFirewall({ kernel, host, table }: FirewallOptions): Firewall {
  const elementSteps = (elements: Elements): KernelStep[] =>
    setNames.flatMap((set): KernelStep[] =>
      elements[set] === undefined
        ? []
        : [{ do: 'nft.elements.add', namespace: host, table, set, elements: elements[set] }],
    )

  return {
    async reconcile(bridges, published) {
      const wanted: Elements = {}
      for (const elements of [...bridges.map(bridgeElements), ...published.map(publishElements)]) {
        for (const set of setNames) if (elements[set] !== undefined) (wanted[set] ??= []).push(...elements[set])
      }
      const commands = skeleton(table)
      for (const set of setNames)
        commands.push(...changes(table, set, await present(kernel, host, table, set), wanted[set] ?? []))
      await kernel.apply([{ do: 'nft.transaction', namespace: host, commands }])
    },

    bridgeSteps: (intent: BridgeIntent) => [
      ...elementSteps(bridgeElements(intent)),
      // What localhost sends to a published port leaves by the bridge; see `guard` in ./skeleton.ts for the other direction.
      {
        do: 'sysctl.set',
        namespace: host,
        name: `net.ipv4.conf.${intent.bridge.replaceAll('.', '/')}.route_localnet`,
        value: '1',
      },
    ],

    publishSteps: (intent: PublishIntent) => elementSteps(publishElements(intent)),
    changeSteps(before, after) {
      const [had, has] = [publishElements(before), publishElements(after)]
      const commands = setNames.flatMap((set) => changes(table, set, had[set] ?? [], has[set] ?? []))
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

function changes(table: string, set: SetName, before: NftElement[], after: NftElement[]): NftCommand[] {
  const { stale, missing } = difference(before, after)
  const our = { table, family, object: 'element', set } as const
  return [
    // Deletions first: an element may change its data, and in an interval map its bounds.
    ...(stale.length > 0 ? [{ do: 'delete', ...our, elements: stale } as const] : []),
    ...(missing.length > 0 ? [{ do: 'add', ...our, elements: missing } as const] : []),
  ]
}

/** Nothing where table or set is missing: reconciliation is about to make it. */
async function present(kernel: Kernel, namespace: Namespace, table: string, set: SetName): Promise<NftElement[]> {
  try {
    return await kernel.elements(namespace, table, set)
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

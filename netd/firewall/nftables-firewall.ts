import type { Kernel, KernelError, KernelStep, Namespace } from '../kernel/kernel.ts'
import type { NftElement } from '../kernel/nft.ts'
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
      for (const set of setNames) {
        const { stale, missing } = difference(await present(kernel, host, table, set), wanted[set] ?? [])
        const our = { table, family, object: 'element', set } as const
        // Deletions first: an element may change its data, and in an interval map its bounds.
        if (stale.length > 0) commands.push({ do: 'delete', ...our, elements: stale })
        if (missing.length > 0) commands.push({ do: 'add', ...our, elements: missing })
      }
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
    flushSteps: (intent: PublishIntent) => flushSteps(host, intent),
  }
}

/** One step for every address that has ports. */
function flushSteps(namespace: Namespace, { ports, ipv4, ipv6 }: PublishIntent): KernelStep[] {
  const steered = ports.filter(
    ({ protocol, hostAddress }) => protocol === 'udp' && (hostAddress.includes(':') ? ipv6 : ipv4) !== undefined,
  )
  return [...Map.groupBy(steered, ({ hostAddress }) => hostAddress)].map(([address, group]): KernelStep => {
    const flush = {
      do: 'conntrack.flush',
      namespace,
      protocol: 'udp',
      port: group.map(({ hostPort }) => hostPort),
    } as const
    if (address === '0.0.0.0') return { ...flush, family: 'ipv4' }
    return address === '::' ? { ...flush, family: 'ipv6' } : { ...flush, address }
  })
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

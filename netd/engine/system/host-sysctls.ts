/** Settings of the host without which packets do not get from a network to another. */
import type { Engine } from '../engine.ts'
import { isIpv6RoutedByHost } from '../networks/forwarding.ts'

/** As dockerd sets them with --ip-forward: IPv6's only once a network needs it, since it makes a host deaf to router advertisements. */
function wanted(engine: Engine): string[] {
  const { config, store } = engine
  if (!config.isIpForward) return []
  const hasIpv6 = store.networks.find((network) => isIpv6RoutedByHost(engine, network)) !== undefined
  return ['net.ipv4.ip_forward', ...(hasIpv6 ? ['net.ipv6.conf.all.forwarding'] : [])]
}

/** Switches on what is off; resolves with the names. */
export async function switchOnForwarding(engine: Engine): Promise<string[]> {
  const { kernel, host } = engine
  const off: string[] = []
  for (const name of wanted(engine)) {
    if ((await kernel.sysctl(host, name)) === '1') continue
    await kernel.apply([{ do: 'sysctl.set', namespace: host, name, value: '1' }])
    off.push(name)
  }
  return off
}

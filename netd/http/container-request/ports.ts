/** `-p`: keys are container ports or ranges of them; host ports may be empty, a port or a range. */
import { isIP } from 'node:net'
import type { HostConfig } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import { parsePortRange, parsePortSpec } from '../../engine/containers/exposed-ports.ts'
import type { PortBinding } from '../../store/records.ts'

/** Throws 400. */
export function parsePortBindings({ PortBindings: bindings }: HostConfig): PortBinding[] {
  return Object.entries(bindings ?? {}).flatMap(([spec, hosts]) => {
    const { first, last, protocol } = parsePortSpec(spec)
    return (hosts ?? []).map(({ HostIp: hostAddress, HostPort: text }): PortBinding => {
      if (hostAddress && isIP(hostAddress) === 0)
        throw errors.invalidParameter(`invalid IP address in port binding: "${hostAddress}"`)
      const [hostPort, hostPortEnd] = text ? parsePortRange(text, 0) : [0, 0]
      return {
        hostAddress: hostAddress ?? '',
        hostPort,
        hostPortEnd,
        containerPort: first,
        containerPortEnd: last,
        protocol,
      }
    })
  })
}

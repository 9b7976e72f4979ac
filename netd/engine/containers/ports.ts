/** Port specifications of a create request: `80/tcp`, `8000-8010/udp`; host ports may be empty, a port or a range. */
import { isIP } from 'node:net'
import type { CreateContainerRequest } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'

const protocols = ['tcp', 'udp', 'sctp']

export function validatePorts(request: CreateContainerRequest): void {
  for (const spec of Object.keys(request.ExposedPorts ?? {})) validateContainerPort(spec)
  for (const [spec, bindings] of Object.entries(request.HostConfig?.PortBindings ?? {})) {
    validateContainerPort(spec)
    for (const { HostIp: address, HostPort: port } of bindings ?? []) {
      if (port) validateRange(port, 0)
      if (address && isIP(address) === 0)
        throw errors.invalidParameter(`invalid IP address in port binding: "${address}"`)
    }
  }
}

function validateContainerPort(spec: string): void {
  const [range = '', protocol = 'tcp', ...rest] = spec.split('/')
  if (!protocols.includes(protocol) || rest.length > 0)
    throw errors.invalidParameter(
      `invalid protocol in port specification "${spec}": it is one of ${protocols.join(', ')}`,
    )
  validateRange(range, 1)
}

function validateRange(range: string, lowest: number): void {
  const [start, end = start] = range.split('-')
  const isPort = (text: string | undefined): boolean =>
    text !== undefined && /^\d{1,5}$/.test(text) && Number(text) >= lowest && Number(text) <= 65535
  if (!isPort(start) || !isPort(end) || Number(start) > Number(end))
    throw errors.invalidParameter(`invalid port specification: "${range}"`)
}

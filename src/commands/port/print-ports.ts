import type { PublishedPort } from '../../../api/trestle/ports.ts'
import type { Context } from '../../context.ts'

/** As `docker port` has it: `80/tcp -> 0.0.0.0:8080`; a row of several as one line. */
export function printPorts(ports: PublishedPort[], context: Context): void {
  for (const { hostAddress, hostPort, containerPort, protocol, count = 1 } of ports) {
    const span = (first: number): string => (count === 1 ? String(first) : `${first}-${first + count - 1}`)
    const address = hostAddress.includes(':') ? `[${hostAddress}]` : hostAddress
    context.print(`${span(containerPort)}/${protocol} -> ${address}:${span(hostPort)}`)
  }
}

import { isIP } from 'node:net'
import { z } from 'zod'

export interface Port {
  /** Empty for every address of the host. */
  hostAddress: string
  hostPort: number
  containerPort: number
  protocol: 'tcp' | 'udp'
}

const form =
  /^(?:(?:\[(?<ipv6>[^\]]+)\]|(?<ipv4>[^:[\]]+)):)?(?<host>\d+):(?<container>\d+)(?:\/(?<protocol>tcp|udp))?$/

/** `[ADDRESS:]HOST:CONTAINER[/tcp|udp]`, an IPv6 address in brackets. */
export const port = z.string().transform((text, context): Port => {
  const { ipv6, ipv4, host, container, protocol = 'tcp' } = form.exec(text)?.groups ?? {}
  const hostAddress = ipv6 ?? ipv4 ?? ''
  const [hostPort, containerPort] = [Number(host), Number(container)]
  const isPort = (number: number) => number >= 1 && number <= 65535
  if (!isPort(hostPort) || !isPort(containerPort)) {
    context.addIssue(
      `"${text}" is not a published port such as "8080:80", "127.0.0.1:8080:80" or "5353:53/udp", with ports from 1 to 65535`,
    )
  } else if (hostAddress !== '' && isIP(hostAddress) !== (ipv6 === undefined ? 4 : 6)) {
    context.addIssue(`"${hostAddress}" in the published port "${text}" is not an address of the host`)
  }
  return { hostAddress, hostPort, containerPort, protocol: protocol as Port['protocol'] }
})

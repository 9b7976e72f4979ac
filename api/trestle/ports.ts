/** `/trestle/v1/containers/ID/ports`: what a container publishes, running or not. */
import { z } from 'zod'
import { portMap } from '../docker/containers.ts'

/** As in Docker's HostConfig; a key may be a range as well: `8000-8010/udp`. */
export const publishPortsRequest = z.object({ portBindings: portMap })
export type PublishPortsRequest = z.input<typeof publishPortsRequest>

const sentence = 'a port is a whole number from 1 to 65535'
const port = z.coerce.number(sentence).int(sentence).min(1, sentence).max(65535, sentence)

/** In the query: these container ports, wherever they are published, or only there. */
export const unpublishPortsQuery = z
  .strictObject({
    containerPort: port,
    /** Of a range. */
    containerPortEnd: port.optional(),
    protocol: z.enum(['tcp', 'udp', 'sctp']).default('tcp'),
    hostPort: port.optional(),
    hostPortEnd: port.optional(),
    hostAddress: z.string().optional(),
  })
  .refine(({ containerPort, containerPortEnd = containerPort }) => containerPort <= containerPortEnd, {
    path: ['containerPortEnd'],
    message: 'a range ends where it begins or later',
  })

export interface PortChoice {
  containerPort: number
  containerPortEnd?: number
  protocol: 'tcp' | 'udp' | 'sctp'
  hostPort?: number
  hostPortEnd?: number
  hostAddress?: string
}

export interface PublishedPort {
  /** `0.0.0.0`, `::` or one address of the host. */
  hostAddress: string
  hostPort: number
  containerPort: number
  protocol: 'tcp' | 'udp' | 'sctp'
  /** How many in a row, of the host and of the container; 1 when absent. */
  count?: number
}

import { isWildcard } from '../../../api/address/family.ts'
import type { PublishedPort } from '../../store/records.ts'
import type { PortRequest } from '../protocol.ts'

/** A port without an address stands for both families and gets one number on both: `0.0.0.0` and `::` of the same request belong together. */
export function groupByFamilyTwin(requests: PortRequest[]): PortRequest[][] {
  const groups: PortRequest[][] = []
  for (const request of requests) {
    const twin = groups.find((group) => group.length === 1 && isTwin(group[0]!, request))
    if (twin === undefined) groups.push([request])
    else twin.push(request)
  }
  return groups
}

function isTwin(one: PortRequest, other: PortRequest): boolean {
  return (
    isWildcard(one.hostAddress) &&
    isWildcard(other.hostAddress) &&
    one.hostAddress !== other.hostAddress &&
    one.hostPort === other.hostPort &&
    one.hostPortEnd === other.hostPortEnd &&
    one.count === other.count &&
    one.containerPort === other.containerPort &&
    one.protocol === other.protocol
  )
}

export function isSame(port: PublishedPort, request: PortRequest): boolean {
  return (
    port.hostAddress === request.hostAddress &&
    port.hostPort === request.hostPort &&
    port.containerPort === request.containerPort &&
    port.count === request.count &&
    port.protocol === request.protocol
  )
}

import { familyOf, isWildcard } from '../../../api/address/family.ts'
import type { PublishedPort } from '../../store/records.ts'

/** What we hold, by number: asked once for every port of every request. */
export class TakenPorts {
  readonly #byNumber = new Map<string, PublishedPort[]>()

  constructor(ports: PublishedPort[]) {
    for (const port of ports) this.add(port)
  }

  add(port: PublishedPort): void {
    const key = `${port.protocol} ${port.hostPort}`
    const ports = this.#byNumber.get(key)
    if (ports === undefined) this.#byNumber.set(key, [port])
    else ports.push(port)
  }

  /** On the same address; what overlaps otherwise (a wildcard and an address) the kernel refuses, except for SCTP. */
  has(wanted: PublishedPort): boolean {
    return (this.#byNumber.get(`${wanted.protocol} ${wanted.hostPort}`) ?? []).some(
      (port) =>
        port.hostAddress === wanted.hostAddress ||
        (wanted.protocol === 'sctp' &&
          [port, wanted].some(({ hostAddress }) => isWildcard(hostAddress)) &&
          familyOf(port.hostAddress) === familyOf(wanted.hostAddress)),
    )
  }
}

import { familyOf, isWildcard } from '../../../api/address/family.ts'
import { countOf } from '../../store/port-rows.ts'
import type { PublishedPort } from '../../store/records.ts'

/** What is held, by number: asked once for every port of every request. */
export class TakenPorts {
  readonly #byNumber = new Map<string, PublishedPort[]>()
  readonly #rows: PublishedPort[] = []

  constructor(ports: PublishedPort[]) {
    for (const port of ports) this.add(port)
  }

  add(port: PublishedPort): void {
    if (port.count !== undefined) {
      this.#rows.push(port)
      return
    }
    const key = `${port.protocol} ${port.hostPort}`
    const ports = this.#byNumber.get(key)
    if (ports === undefined) this.#byNumber.set(key, [port])
    else ports.push(port)
  }

  /** On the same address; what overlaps otherwise (a wildcard and an address) the kernel refuses, but for rows, which have no sockets. */
  has(wanted: PublishedPort): boolean {
    return (
      this.#at(wanted.protocol, wanted.hostPort).some(({ hostAddress }) => hostAddress === wanted.hostAddress) ||
      this.#rows.some((row) => isWithin(row, wanted) && areOverlapping(row, wanted))
    )
  }

  /** The first number of a row that is taken on any address that the row's overlaps with. */
  firstOf(row: PublishedPort): number | undefined {
    for (let number = row.hostPort; number < row.hostPort + countOf(row); number++) {
      const wanted = { ...row, hostPort: number }
      const isTaken =
        this.#at(row.protocol, number).some((port) => areOverlapping(port, wanted)) ||
        this.#rows.some((other) => isWithin(other, wanted) && areOverlapping(other, wanted))
      if (isTaken) return number
    }
    return undefined
  }

  #at(protocol: PublishedPort['protocol'], number: number): PublishedPort[] {
    return this.#byNumber.get(`${protocol} ${number}`) ?? []
  }
}

const isWithin = (row: PublishedPort, { protocol, hostPort }: PublishedPort): boolean =>
  row.protocol === protocol && row.hostPort <= hostPort && hostPort < row.hostPort + countOf(row)

function areOverlapping({ hostAddress: one }: PublishedPort, { hostAddress: other }: PublishedPort): boolean {
  return familyOf(one) === familyOf(other) && (one === other || isWildcard(one) || isWildcard(other))
}

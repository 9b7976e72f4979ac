/** Network namespaces, each read once for one question, and how their links lead from one to another. */
import { contains, broadcastAddress, withoutPrefix } from '../../api/address/subnet.ts'
import { familyOf, type IpFamily } from '../../api/address/family.ts'
import type { Kernel, Namespace } from '../kernel/kernel.ts'
import type { Address, Link, Survey } from '../kernel/model.ts'
import { FlowTable } from './flow.ts'
import type { AddressType } from './scene.ts'

export interface Candidate {
  path: Namespace
  /** For people. */
  name: string
}

export class Place {
  readonly path: Namespace
  readonly name: string
  readonly survey: Survey
  readonly flows = new FlowTable()

  constructor({ path, name }: Candidate, survey: Survey) {
    this.path = path
    this.name = name
    this.survey = survey
  }

  link(index: number | undefined): Link | undefined {
    return this.survey.links.find((link) => link.index === index)
  }

  ports({ index }: Link): Link[] {
    return this.survey.links.filter(({ masterIndex }) => masterIndex === index)
  }

  addressesOf(link: Link, family: IpFamily): Address[] {
    return this.survey.addresses.filter((address) => address.linkIndex === link.index && address.family === family)
  }

  has(address: string): boolean {
    return this.addressType(address) === 'local'
  }

  /** inet_addr_type (net/ipv4/fib_frontend.c), as far as the interfaces' addresses tell. */
  addressType(address: string, on?: number): AddressType {
    const family = familyOf(address)
    const own = this.survey.addresses.filter(
      (one) => one.family === family && (on === undefined || one.linkIndex === on),
    )
    if (own.some((one) => withoutPrefix(one.address) === address)) return 'local'
    if (family === 'ipv6') return address.startsWith('ff') ? 'multicast' : 'unicast'
    const loopback = own.find((one) => one.address === '127.0.0.1/8')
    if (loopback !== undefined && address.startsWith('127.')) return 'local'
    if (/^(22[4-9]|23\d)\./.test(address)) return 'multicast'
    if (address === '255.255.255.255' || own.some((one) => broadcastAddress(one.address) === address))
      return 'broadcast'
    return 'unicast'
  }

  /** inet_select_addr (net/ipv4/devinet.c): what a packet that leaves by the link has as its source. */
  sourceAddress(link: Link, family: IpFamily, towards: string): string | undefined {
    const all = this.addressesOf(link, family).filter(({ scope }) => scope === 'global' || scope === 'site')
    const near = all.find(({ address }) => contains(address, towards))
    const chosen = near ?? all[0]
    return chosen === undefined ? undefined : withoutPrefix(chosen.address)
  }
}

/** An interface somewhere. */
export interface Station {
  place: Place
  link: Link
}

export const stationText = ({ place, link }: Station): string => `${link.name} of ${place.name}`

export class World {
  readonly kernel: Kernel
  readonly #candidates: Candidate[]
  readonly #places = new Map<Namespace, Promise<Place>>()
  readonly #byInode = new Map<number, Place>()
  readonly #peers = new Map<Place, Promise<Map<number, Namespace>>>()

  /** @param candidates every namespace that a link may lead to */
  constructor(kernel: Kernel, candidates: Candidate[]) {
    this.kernel = kernel
    this.#candidates = candidates
  }

  get candidates(): readonly Candidate[] {
    return this.#candidates
  }

  /** Throws KernelError where there is no namespace (any more). */
  at(path: Namespace): Promise<Place> {
    let place = this.#places.get(path)
    if (place === undefined) {
      place = this.#read(path)
      this.#places.set(path, place)
    }
    return place
  }

  async #read(path: Namespace): Promise<Place> {
    const candidate = this.#candidates.find((one) => one.path === path) ?? { path, name: path }
    const survey = await this.kernel.survey(path)
    // Two paths may lead to one namespace.
    const known = this.#byInode.get(survey.inode)
    if (known !== undefined) return known
    const place = new Place(candidate, survey)
    this.#byInode.set(survey.inode, place)
    return place
  }

  /** The other end of a veth, or what a macvlan rides on; undefined where the namespace is none of the candidates. */
  async lower({ place, link }: Station): Promise<Station | undefined> {
    if (link.linkIndex === undefined) return undefined
    let where: Place | undefined = place
    if (link.linkNetnsId !== undefined) {
      let peers = this.#peers.get(place)
      if (peers === undefined) {
        const others = this.#candidates.map(({ path }) => path).filter((path) => path !== place.path)
        peers = this.kernel.peerNamespaces(place.path, others)
        this.#peers.set(place, peers)
      }
      const path = (await peers).get(link.linkNetnsId)
      where = path === undefined ? undefined : await this.at(path)
    }
    const other = where?.link(link.linkIndex)
    return where === undefined || other === undefined ? undefined : { place: where, link: other }
  }

  /** Macvlans on top of an interface, wherever they are. */
  async uppers({ place, link }: Station): Promise<Station[]> {
    const found: Station[] = []
    for (const { path } of this.#candidates) {
      const other = await this.at(path).catch(() => undefined)
      for (const upper of other?.survey.links ?? []) {
        if (upper.kind !== 'macvlan' || upper.linkIndex !== link.index) continue
        const lower = await this.lower({ place: other!, link: upper })
        if (lower?.place === place) found.push({ place: other!, link: upper })
      }
    }
    return found
  }
}

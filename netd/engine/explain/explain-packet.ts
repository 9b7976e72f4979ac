import { familyOf, isAddress, isWildcard, type IpFamily } from '../../../api/address/family.ts'
import { errors } from '../../../api/errors.ts'
import type { ExplainRequest, Explanation } from '../../../api/trestle/explain.ts'
import { explain, type Question } from '../../explain/explain.ts'
import { Report } from '../../explain/report.ts'
import { World, type Place } from '../../explain/world.ts'
import { cut } from '../../store/port-rows.ts'
import type { SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { isUserDefined } from '../networks/resolve-network.ts'
import { namesOf } from '../sandbox/names.ts'
import { addressBetween, everyNamespace, findParty, outsideAddress, outsideStation, type Party } from './parties.ts'
import { parseTarget, type Target } from './target.ts'

/** Of a SYN with its options, and of what ping sends. */
const smallest = { tcp: 60, udp: 60, sctp: 60, icmp: 84 }

/** Reads what the kernel has at this moment, and changes nothing. 404 for a party that is not there. */
export async function explainPacket(engine: Engine, request: ExplainRequest): Promise<Explanation> {
  const target = parseTarget(request.to)
  const world = new World(engine.kernel, await everyNamespace(engine))
  const from = await findParty(engine, world, request.from.trim())
  const to = await findTarget(engine, world, target)
  if (from.kind === 'outside' && to.kind === 'outside')
    throw errors.invalidParameter('what goes from outside to outside is none of this machine')
  const sender = from.kind === 'place' ? from.place : undefined
  const family =
    request.family ?? (from.kind === 'place' && from.address !== undefined ? familyOf(from.address) : undefined)
  const destination = destinationOf(sender, to, family)
  if (destination === undefined)
    throw errors.invalidParameter(`${target.word} has no ${family === undefined ? '' : `${family} `}address`)
  const report = new Report()
  const host = await world.at(engine.host)
  if (to.kind === 'place') sayNames(engine, report, from, to.place, target, destination)
  // Whoever answers for an address of the host may be a container behind a published port.
  const isWhoever = to.kind === 'place' && (to.place === host || to.address !== undefined)
  const question: Question = {
    from:
      from.kind === 'place'
        ? { place: from.place, ...(from.address === undefined ? {} : { source: from.address }) }
        : await outsideStation(world, host, familyOf(destination)),
    destination,
    protocol: target.protocol,
    ...(target.port === undefined ? {} : { port: target.port }),
    ...(to.kind === 'address' || isWhoever ? {} : { target: to.kind === 'outside' ? 'outside' : to.place }),
    sizeBytes: request.size ?? smallest[target.protocol],
  }
  return explain(world, question, report)
}

type Addressee = Party | { kind: 'address'; address: string }

/** An address need not be anybody's: that may be why nothing arrives. */
async function findTarget(engine: Engine, world: World, { word }: Target): Promise<Addressee> {
  if (isAddress(word)) return { kind: 'address', address: word }
  return findParty(engine, world, word)
}

function destinationOf(sender: Place | undefined, to: Addressee, family: IpFamily | undefined): string | undefined {
  if (to.kind === 'outside') return outsideAddress(family)
  if (to.kind === 'address') return to.address
  return to.address ?? addressBetween(sender, to.place, family)
}

/** Who answers for the name in the sender's namespace, and where else the port is published. */
function sayNames(
  engine: Engine,
  report: Report,
  from: Party,
  to: Place,
  { word, port, protocol }: Target,
  destination: string,
): void {
  const sandboxes = engine.store.sandboxes.values().filter(({ isOpen }) => isOpen)
  const of = (place: Place): SandboxRecord | undefined => sandboxes.find(({ name }) => name === place.name)
  const target = of(to)
  const sender = from.kind === 'place' ? of(from.place) : undefined
  if (target === undefined) return
  if (sender !== undefined) {
    const shared = Object.keys(target.endpoints)
      .filter((id) => id in sender.endpoints)
      .flatMap((id) => engine.store.networks.get(id) ?? [])
    const named = shared.find(
      (network) => isUserDefined(network) && namesOf(target, target.endpoints[network.id]!).includes(word),
    )
    if (named !== undefined)
      report.ok(
        'name',
        { name: sender.name },
        `${word} at 127.0.0.11`,
        `the embedded resolver answers ${destination}, from the network ${named.name}`,
      )
    else
      report.note(
        'name',
        { name: sender.name },
        `${word} at 127.0.0.11`,
        `nobody answers for this name there${shared.length > 0 ? ' (the default network has no names)' : ': no network is shared'}; ${destination} is taken`,
      )
  }
  if (port === undefined || protocol === 'icmp') return
  for (const row of target.ports) {
    const one = cut(row, { protocol, containerPort: port, containerPortEnd: port })?.chosen
    if (one !== undefined && isWildcard(one.hostAddress))
      report.note(
        'name',
        { name: 'host' },
        `trestle port ${target.name}`,
        `the port is published to everybody, as ${one.hostAddress === '::' ? '[::]' : one.hostAddress}:${one.hostPort}`,
      )
  }
}

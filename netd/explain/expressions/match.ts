/**
 * `match`: a test of iptables, as iptables-nft leaves it in a rule. Structures are linux/netfilter/xt_NAME.h, numbers in the
 * machine's byte order unless told.
 */
import { addressBytes } from '../../../api/address/bytes.ts'
import type { NftExpression } from '../../kernel/nft.ts'
import type { Interval } from '../packet.ts'
import { negated, type Answer } from '../registers.ts'
import { answered, type AddressType, type Expression, type Scene, type State } from '../scene.ts'
import { addressTypeNumbers } from './fib.ts'

type Match = Extract<NftExpression, { name: 'match' }>['data']

type Test = (info: Buffer, state: State, scene: Scene) => Answer | { unsure: string }

const truth = (holds: boolean): Answer => (holds ? 'yes' : 'no')
const unless = (isInverted: boolean, answer: Answer): Answer => (isInverted ? negated(answer) : answer)

function all(answers: Answer[]): Answer {
  if (answers.includes('no')) return 'no'
  return answers.includes('unsure') ? 'unsure' : 'yes'
}

function any(answers: Answer[]): Answer {
  return negated(all(answers.map(negated)))
}

function within({ low, high }: Interval, first: number, last: number): Answer {
  if (high < first || low > last) return 'no'
  return low >= first && high <= last ? 'yes' : 'unsure'
}

/** struct xt_tcp and struct xt_udp begin alike: two ranges of ports. */
function ports(info: Buffer, { packet }: State, inverted: number): Answer {
  const at = (offset: number): [number, number] => [info.readUInt16LE(offset), info.readUInt16LE(offset + 2)]
  return all([
    unless((inverted & 1) !== 0, within(packet.sourcePort, ...at(0))),
    unless((inverted & 2) !== 0, within(packet.destinationPort, ...at(4))),
  ])
}

/** The first packet has SYN alone, the answer SYN and ACK. */
function tcp(info: Buffer, state: State): Answer {
  if (state.packet.protocol !== 'tcp') return 'no'
  const [option, mask, wanted, inverted] = [info[8]!, info[9]!, info[10]!, info[11]!]
  const flags = truth(((state.packet.isReply ? 0x12 : 0x02) & mask) === wanted)
  return all([
    ports(info, state, inverted),
    unless((inverted & 4) !== 0, flags),
    ...(option === 0 ? [] : ['unsure' as const]),
  ])
}

/** struct xt_multiport_v1: source, destination or either; a port with its flag set begins a range. */
function multiport(info: Buffer, { packet }: State): Answer {
  if (packet.protocol === 'icmp') return 'no'
  const [which, count] = [info[0]!, info[1]!]
  const matches = (port: Interval): Answer => {
    const answers: Answer[] = []
    for (let nth = 0; nth < count; nth++) {
      const first = info.readUInt16LE(2 + nth * 2)
      const isRange = info[32 + nth] !== 0
      answers.push(within(port, first, isRange ? info.readUInt16LE(2 + ++nth * 2) : first))
    }
    return any(answers)
  }
  const sides =
    which === 0
      ? [packet.sourcePort]
      : which === 1
        ? [packet.destinationPort]
        : [packet.sourcePort, packet.destinationPort]
  return unless(info[47] !== 0, any(sides.map(matches)))
}

/** struct xt_addrtype_info_v1: bits of RTN_* for source and destination, and which is inverted or held to an interface. */
function addrtype(info: Buffer, { packet }: State, { addressType, input, output }: Scene): Answer {
  const [source, destination, flags] = [info.readUInt16LE(0), info.readUInt16LE(2), info.readUInt32LE(4)]
  const on = (flags & 4) !== 0 ? input?.index : (flags & 8) !== 0 ? output?.index : undefined
  const is = (address: string, types: number): Answer =>
    truth((types & (1 << addressTypeNumbers[addressType(address, on) satisfies AddressType])) !== 0)
  return all([
    source === 0 ? 'yes' : unless((flags & 1) !== 0, is(packet.source, source)),
    destination === 0 ? 'yes' : unless((flags & 2) !== 0, is(packet.destination, destination)),
  ])
}

/** XT_CONNTRACK_STATE_*: the states of `-m state`, and two that tell of translation. */
function stateBits({ isUntracked }: State, { tracking }: Scene): number {
  if (isUntracked || tracking?.state === 'untracked') return 1 << 8
  const bits = { invalid: 1, established: 2, new: 8 }[tracking?.state ?? 'invalid']
  const { isSourceTranslated, isDestinationTranslated } = tracking ?? {}
  return bits | (isSourceTranslated === true ? 1 << 6 : 0) | (isDestinationTranslated === true ? 1 << 7 : 0)
}

/** struct xt_conntrack_mtinfo3: eight addresses and masks, expiry, protocol, ports, then what counts (XT_CONNTRACK_*). */
function conntrack(info: Buffer, state: State, scene: Scene): Answer | { unsure: string } {
  const [wanted, inverted, mask] = [info.readUInt16LE(146), info.readUInt16LE(148), info.readUInt16LE(150)]
  const { tracking } = scene
  const answers: Answer[] = []
  if ((wanted & 1) !== 0) answers.push(unless((inverted & 1) !== 0, truth((stateBits(state, scene) & mask) !== 0)))
  const sides = [
    tracking?.original.source,
    tracking?.original.destination,
    tracking?.reply.source,
    tracking?.reply.destination,
  ]
  for (const [nth, address] of sides.entries()) {
    const bit = 1 << (nth + 2)
    if ((wanted & bit) === 0) continue
    const at = nth * 32
    const isSame =
      address !== undefined &&
      addressBytes(address).every((byte, of) => ((byte ^ info[at + of]!) & info[at + 16 + of]!) === 0)
    answers.push(address === undefined ? 'no' : unless((inverted & bit) !== 0, truth(isSame)))
  }
  // XT_CONNTRACK_DIRECTION.
  if ((wanted & 0x1000) !== 0)
    answers.push(unless((inverted & 0x1000) !== 0, truth(tracking?.direction === 'original')))
  // XT_CONNTRACK_STATE_ALIAS only says how iptables prints it.
  if ((wanted & ~0x303d) !== 0)
    return { unsure: 'the iptables match conntrack asks for more than states and addresses' }
  return all(answers)
}

/** struct ipt_icmp and struct ip6t_icmp: type (255 for any), lowest and highest code, XT_ICMP_INV. */
function icmp(info: Buffer, { packet }: State): Answer {
  if (packet.protocol !== 'icmp') return 'no'
  const type = packet.family === 'ipv4' ? (packet.isReply ? 0 : 8) : packet.isReply ? 129 : 128
  return unless((info[3]! & 1) !== 0, truth(info[0] === 255 || (info[0] === type && info[1] === 0)))
}

function mark(info: Buffer, { packet }: State): Answer {
  const [value, mask] = [info.readUInt32LE(0), info.readUInt32LE(4)]
  return unless(info[8] !== 0, truth((packet.mark & mask) >>> 0 === value))
}

const tests: Record<string, Test> = {
  tcp,
  udp: (info, state) => (state.packet.protocol === 'udp' ? ports(info, state, info[8]!) : 'no'),
  icmp,
  icmp6: icmp,
  multiport,
  addrtype,
  conntrack,
  state: (info, state, scene) => truth((stateBits(state, scene) & info.readUInt32LE(0)) !== 0),
  mark,
  comment: () => 'yes',
  // One packet alone keeps every rate.
  limit: () => 'yes',
}

/** Layouts of these revisions only. */
const revisions: Record<string, number[]> = { multiport: [1], addrtype: [1], conntrack: [2, 3], mark: [1] }

export const match: Expression<Match> = {
  evaluate({ extension, revision, info }, state, scene) {
    const test = tests[extension]
    if (test === undefined || revisions[extension]?.includes(revision) === false)
      return { unsure: `the iptables match ${extension} (revision ${revision}) is not evaluated`, state }
    const answer = test(Buffer.from(info), state, scene)
    if (typeof answer === 'object') return { ...answer, state }
    return answered(answer, state, () => `what the iptables match ${extension} asks is not known beforehand`)
  },
  describe: ({ extension, info }) =>
    extension === 'comment' ? undefined : `-m ${extension}${summary(extension, Buffer.from(info))}`,
}

function summary(extension: string, info: Buffer): string {
  if (extension === 'conntrack') {
    const names = Object.entries({
      INVALID: 1,
      ESTABLISHED: 2,
      RELATED: 4,
      NEW: 8,
      SNAT: 64,
      DNAT: 128,
      UNTRACKED: 256,
    })
    const mask = info.readUInt16LE(150)
    return ` --ctstate ${names.flatMap(([name, bit]) => ((mask & bit) === 0 ? [] : [name])).join(',')}`
  }
  if (extension === 'tcp' || extension === 'udp') {
    const [first, last] = [info.readUInt16LE(4), info.readUInt16LE(6)]
    return first === 0 && last === 0xffff ? '' : ` --dport ${first === last ? first : `${first}:${last}`}`
  }
  if (extension === 'addrtype') {
    const of = (types: number): string =>
      Object.entries(addressTypeNumbers)
        .flatMap(([type, number]) => ((types & (1 << number)) === 0 ? [] : [type.toUpperCase()]))
        .join(',')
    const flags = info.readUInt32LE(4)
    const side = (types: number, bit: number, flag: string): string =>
      types === 0 ? '' : `${(flags & bit) === 0 ? '' : ' !'} ${flag} ${of(types)}`
    return side(info.readUInt16LE(0), 1, '--src-type') + side(info.readUInt16LE(2), 2, '--dst-type')
  }
  return ''
}

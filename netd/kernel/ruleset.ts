/**
 * Every table of nf_tables in a namespace, whoever made it, as the kernel keeps it: chains, rules with their expressions, sets
 * with their elements as bytes. What iptables-nft writes is in there, too; what the older iptables writes is not.
 */
import { encodeValues } from '../netlink/nfnetlink/values.ts'
import { chainMessage, NFT_MSG_GETCHAIN } from '../netlink/nfnetlink/chain.ts'
import { elementsMessage, NFT_MSG_GETSETELEM } from '../netlink/nfnetlink/element.ts'
import { nftablesType } from '../netlink/nfnetlink/header.ts'
import { NFT_MSG_GETRULE, ruleMessage } from '../netlink/nfnetlink/rule.ts'
import { NFT_MSG_GETSET, setMessage } from '../netlink/nfnetlink/set.ts'
import { NFT_MSG_GETTABLE, tableMessage } from '../netlink/nfnetlink/table.ts'
import { commentOf } from '../netlink/nfnetlink/userdata.ts'
import { NetlinkError } from '../netlink/error.ts'
import type { Received, RequestSocket } from '../netlink/socket.ts'
import type { Namespace } from './kernel.ts'
import type { Ruleset, RulesetChain, RulesetFamily, RulesetHook, RulesetSet } from './nft.ts'
import type { Session } from './session.ts'

/** enum nf_inet_hooks and enum nf_dev_hooks, linux/netfilter.h. */
const inetHooks = ['prerouting', 'input', 'forward', 'output', 'postrouting', 'ingress'] as const
const deviceHooks = ['ingress', 'egress'] as const

/** What is read of a ruleset, in bytes of netlink: some 40,000 rules, and 250,000 elements of an address. More takes seconds, and gigabytes. */
const mostBytes = { rules: 16 << 20, elements: 4 << 20 }

/** Lets pass what there is room for. */
class Room {
  #left: number
  isFull = false

  constructor(bytes: number) {
    this.#left = bytes
  }

  readonly takes = (_datagram: Buffer, start: number, end: number): boolean => {
    this.#left -= end - start
    this.isFull ||= this.#left < 0
    return !this.isFull
  }
}

export function readRuleset(session: Session, namespace: Namespace): Ruleset {
  const socket = session.in(namespace).netfilter
  const dump = <T>(message: number, read: (body: Buffer) => T, room?: Room): T[] =>
    socket
      .dump(nftablesType(message), (writer) => tableMessage.write(writer, {}), room?.takes)
      .map(({ body }: Received) => read(body))

  const dormant = new Set(
    dump(NFT_MSG_GETTABLE, (body) => tableMessage.read(body))
      .filter(({ flags }) => flags?.includes('dormant') === true)
      .map((table) => `${table.family} ${table.name}`),
  )
  const chains = dump(NFT_MSG_GETCHAIN, (body) => chainMessage.read(body)).map((chain): RulesetChain => {
    const family = chain.family as RulesetFamily
    const hooks = family === 'netdev' ? deviceHooks : inetHooks
    const { hook } = chain
    const devices = hook?.devices ?? (hook?.device === undefined ? undefined : [hook.device])
    const isAwake = !dormant.has(`${family} ${chain.table}`)
    return {
      family,
      table: chain.table ?? '',
      name: chain.name ?? '',
      handle: Number(chain.handle ?? 0n),
      rules: [],
      ...(hook === undefined || !isAwake
        ? {}
        : {
            base: {
              type: chain.type ?? 'filter',
              hook: hooks[hook.number] ?? (String(hook.number) as RulesetHook),
              priority: hook.priority,
              policy: chain.policy === 'drop' ? ('drop' as const) : ('accept' as const),
              ...(devices === undefined ? {} : { devices }),
            },
          }),
    }
  })
  const chainOf = new Map(chains.map((chain) => [`${chain.family} ${chain.table} ${chain.name}`, chain]))
  const roomForRules = new Room(mostBytes.rules)
  for (const rule of dump(NFT_MSG_GETRULE, (body) => ruleMessage.read(body), roomForRules)) {
    const comment = commentOf(rule.userdata)
    chainOf.get(`${rule.family} ${rule.table} ${rule.chain}`)?.rules.push({
      handle: Number(rule.handle ?? 0n),
      expressions: rule.expressions ?? [],
      ...(comment === undefined ? {} : { comment }),
    })
  }
  const room = new Room(mostBytes.elements)
  const sets = dump(NFT_MSG_GETSET, (body) => setMessage.read(body)).map((set): RulesetSet => {
    const family = set.family as RulesetFamily
    const name = { family, table: set.table ?? '', name: set.name ?? '' }
    return {
      ...name,
      isInterval: set.flags?.includes('interval') === true,
      keyType: set.keyType ?? 0,
      keyLength: set.keyLength ?? 0,
      fieldLengths: (set.description?.concat ?? []).map(({ length }) => length),
      ...(set.dataType === undefined ? {} : { dataType: set.dataType }),
      elements: readElements(socket, name, room),
      ...(room.isFull ? { isCut: true as const } : {}),
    }
  })
  return { chains, sets, ...(roomForRules.isFull ? { isCut: true as const } : {}) }
}

const bytesOf = (value: { value: Parameters<typeof encodeValues>[0] }): Uint8Array => encodeValues(value.value)

function readElements(
  socket: RequestSocket,
  { family, table, name }: Pick<RulesetSet, 'family' | 'table' | 'name'>,
  room: Room,
): RulesetSet['elements'] {
  let messages: Received[]
  try {
    messages = socket.dump(
      nftablesType(NFT_MSG_GETSETELEM),
      (writer) => elementsMessage.write(writer, { family, table, set: name }),
      room.takes,
    )
  } catch (error) {
    // The set has gone since it was listed.
    if (error instanceof NetlinkError && error.errno === 'ENOENT') return []
    throw error
  }
  return messages
    .flatMap(({ body }) => elementsMessage.read(body).elements ?? [])
    .map(({ key, keyEnd, flags, data, objref }) => ({
      ...(key === undefined ? {} : { key: bytesOf(key) }),
      ...(keyEnd === undefined ? {} : { keyEnd: bytesOf(keyEnd) }),
      isIntervalEnd: flags?.includes('interval-end') === true,
      isCatchall: flags?.includes('catchall') === true,
      ...(data?.value === undefined ? {} : { value: encodeValues(data.value) }),
      ...(data?.verdict === undefined ? {} : { verdict: data.verdict }),
      ...(objref === undefined ? {} : { object: objref }),
    }))
}

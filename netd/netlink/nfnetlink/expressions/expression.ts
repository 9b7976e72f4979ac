/**
 * A rule is a list of expressions; each is `{ name, data }` as on the wire (NFTA_EXPR_NAME, NFTA_EXPR_DATA), with the
 * attribute names of linux/netfilter/nf_tables.h, so a rule here reads as `nft --debug=netlink` prints it:
 *
 *     iifname "br0" ip daddr . th dport @published drop
 *
 *     { name: 'meta', data: { key: 'iifname', dreg: 0 } }
 *     { name: 'cmp', data: { sreg: 0, op: 'eq', data: { value: [{ ifname: 'br0' }] } } }
 *     { name: 'payload', data: { dreg: 0, ...headerField['ip daddr'] } }
 *     { name: 'payload', data: { dreg: 1, ...headerField['th dport'] } }
 *     { name: 'lookup', data: { set: 'published', sreg: 0 } }
 *     { name: 'immediate', data: { dreg: 'verdict', data: { verdict: { code: 'drop' } } } }
 */
import { DecodeError, nested, nestedFlag } from '../../codec/attributes.ts'
import { bytes, string, type Format, type ValueOf } from '../../codec/format.ts'
import { bitwise } from './bitwise.ts'
import { byteorder } from './byteorder.ts'
import { cmp } from './cmp.ts'
import { counter } from './counter.ts'
import { ct } from './ct.ts'
import { exthdr } from './exthdr.ts'
import { extension } from './extension.ts'
import { fib } from './fib.ts'
import { immediate } from './immediate.ts'
import { limit } from './limit.ts'
import { log } from './log.ts'
import { lookup } from './lookup.ts'
import { masquerade } from './masquerade.ts'
import { meta } from './meta.ts'
import { nat } from './nat.ts'
import { notrack } from './notrack.ts'
import { payload } from './payload.ts'
import { range } from './range.ts'
import { redirect } from './redirect.ts'
import { reject } from './reject.ts'

const expressions = {
  bitwise,
  byteorder,
  cmp,
  counter,
  ct,
  exthdr,
  fib,
  immediate,
  limit,
  log,
  lookup,
  masq: masquerade,
  match: extension,
  meta,
  nat,
  notrack,
  payload,
  range,
  redir: redirect,
  reject,
  target: extension,
} as const

type Expressions = typeof expressions

/** `other`: an expression without a table here, kept as it came. */
export type NftExpression =
  | { [Name in keyof Expressions]: { name: Name; data: ValueOf<Expressions[Name]> } }[keyof Expressions]
  | { name: 'other'; otherName: string; data: Uint8Array }

const envelope = nested({ name: [1, string, 'required'], data: [2, { ...bytes, typeFlags: nestedFlag }] })

// oxlint-disable-next-line typescript/no-explicit-any -- the table is chosen at run time by name.
const tables: Record<string, Format<any> | undefined> = expressions

export const expression: Format<NftExpression> = {
  typeFlags: nestedFlag,
  write(writer, value) {
    writer.attribute(1, () => string.write(writer, value.name === 'other' ? value.otherName : value.name, {}))
    // Takes no attributes, so nft sends no nest for them either.
    if (value.name === 'notrack') return
    const table = tables[value.name] ?? bytes
    writer.attribute(2 | nestedFlag, () => table.write(writer, value.data, {}))
  },
  read(source) {
    const { name, data } = envelope.read(source, {})
    const table = tables[name]
    const content = Buffer.from(data ?? [])
    if (table === undefined) return { name: 'other', otherName: name, data: content }
    try {
      return { name, data: table.read(content, {}) } as NftExpression
    } catch (error) {
      // A kernel newer than the table: what cannot be understood is still kept.
      if (error instanceof DecodeError) return { name: 'other', otherName: name, data: content }
      throw error
    }
  },
}

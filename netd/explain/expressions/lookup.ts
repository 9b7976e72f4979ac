/** `lookup`: a key in a set, and in a map what goes with it. */
import type { NftExpression, RulesetElement, RulesetSet } from '../../kernel/nft.ts'
import { known, type Bytes } from '../packet.ts'
import { elementAt, intervalMarks, setNamed } from '../ruleset-index.ts'
import { isBetween, isEqual, isExact, load, negated, store, type Answer } from '../registers.ts'
import { answered, goOn, type Expression, type Scene } from '../scene.ts'
import { verdictOf } from './verdict.ts'

type Lookup = Extract<NftExpression, { name: 'lookup' }>['data']

/** Registers are 32 bits wide, and every field of a concatenation begins one. */
const registerBytes = 4

/** Field by field; where the lengths are not told, register by register, which comes to the same for what is known. */
function fields(set: RulesetSet): { at: number; length: number }[] {
  if (set.fieldLengths.length === 0 && set.isInterval) return [{ at: 0, length: set.keyLength }]
  const lengths =
    set.fieldLengths.length > 0
      ? set.fieldLengths
      : Array.from({ length: Math.ceil(set.keyLength / registerBytes) }, (_, nth) =>
          Math.min(registerBytes, set.keyLength - nth * registerBytes),
        )
  let at = 0
  return lengths.map((length) => {
    const field = { at, length }
    at += Math.ceil(length / registerBytes) * registerBytes
    return field
  })
}

function all(answers: Answer[]): Answer {
  if (answers.includes('no')) return 'no'
  return answers.includes('unsure') ? 'unsure' : 'yes'
}

interface Match {
  answer: Answer
  element?: RulesetElement
}

/** Of one field. From the last start that is not above the key on, to the first that is. */
function inIntervals(set: RulesetSet, key: Bytes, work: Scene['work']): Match {
  const marks = intervalMarks(set)
  let isPerhaps = false
  for (let nth = Math.max(0, countUpTo(marks, key.low) - 1); nth < marks.length; nth++) {
    const element = marks[nth]!
    if (Buffer.compare(element.key, key.high) > 0) break
    if (--work.left < 0) return { answer: 'unsure' }
    if (element.isIntervalEnd) continue
    const next = marks[nth + 1]?.key
    const last = next === undefined ? new Uint8Array(key.low.length).fill(0xff) : before(next)
    const answer = isBetween(key, element.key, last)
    if (answer === 'yes') return { answer, element }
    isPerhaps ||= answer === 'unsure'
  }
  return { answer: isPerhaps ? 'unsure' : 'no' }
}

/** How many begin at this key or before it. */
function countUpTo(marks: readonly { key: Uint8Array }[], key: Uint8Array): number {
  let [low, high] = [0, marks.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (Buffer.compare(marks[middle]!.key, key) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

function before(key: Uint8Array): Uint8Array {
  const previous = Buffer.from(key)
  for (let at = previous.length - 1; at >= 0; at--) {
    previous[at] = (previous[at]! - 1) & 0xff
    if (previous[at] !== 0xff) break
  }
  return previous
}

function find(set: RulesetSet, key: Bytes, work: Scene['work']): Match {
  const found = set.isInterval && set.fieldLengths.length === 0 ? inIntervals(set, key, work) : inFields(set, key, work)
  // A part of a set says whom it has, and of intervals not even that.
  if (set.isCut === true && (set.isInterval || found.answer !== 'yes')) return { answer: 'unsure' }
  const catchall = set.elements.find(({ isCatchall }) => isCatchall)
  return found.answer === 'no' && catchall !== undefined ? { answer: 'yes', element: catchall } : found
}

function inFields(set: RulesetSet, key: Bytes, work: Scene['work']): Match {
  if (!set.isInterval && isExact(key)) {
    const element = elementAt(set, key.low)
    return element === undefined ? { answer: 'no' } : { answer: 'yes', element }
  }
  let isPerhaps = false
  const parts = fields(set)
  for (const element of set.elements) {
    const { key: first, keyEnd: last } = element
    if (first === undefined) continue
    if (--work.left < 0) return { answer: 'unsure' }
    const answer = all(
      parts.map(({ at, length }) => {
        const part = { low: key.low.subarray(at, at + length), high: key.high.subarray(at, at + length) }
        const from = first.subarray(at, at + length)
        return last === undefined ? isEqual(part, from) : isBetween(part, from, last.subarray(at, at + length))
      }),
    )
    if (answer === 'yes') return { answer, element }
    isPerhaps ||= answer === 'unsure'
  }
  return { answer: isPerhaps ? 'unsure' : 'no' }
}

const tooLarge = (name: string): string => `the set ${name} is too large to read`

export const lookup: Expression<Lookup> = {
  evaluate({ set: name, sreg, dreg, flags }, state, scene, place) {
    const set = setNamed(scene.ruleset, { ...place.chain, name })
    if (set === undefined || sreg === 'verdict') return { unknown: `the set ${name} could not be read` }
    const { answer, element } = find(set, load(state.registers, sreg, set.keyLength), scene.work)
    const result = flags?.includes('inv') === true ? negated(answer) : answer
    if (result === 'unsure' && dreg !== undefined)
      return {
        unknown:
          state.unknown ??
          (set.isCut === true ? tooLarge(name) : `which element of ${name} it is, is not known beforehand`),
      }
    if (result !== 'yes' || dreg === undefined)
      return answered(result, state, () =>
        set.isCut === true ? tooLarge(name) : `whether it is in the set ${name} is not known beforehand`,
      )
    if (dreg === 'verdict')
      return element?.verdict === undefined
        ? { unknown: `the map ${name} has no verdict there` }
        : verdictOf(element.verdict, state)
    if (element?.value === undefined) return { unknown: `the map ${name} has no data there` }
    return goOn({ ...state, registers: store(state.registers, dreg, known(element.value)) })
  },
  describe({ set, sreg, dreg, flags }, words) {
    const key = sreg === 'verdict' ? '' : keyText(words, sreg)
    const sign = flags?.includes('inv') === true ? '!= ' : ''
    if (dreg === undefined) return `${key} ${sign}@${set}`
    if (dreg === 'verdict') return `${key} vmap @${set}`
    // What the map has lies in registers from here on, over what was there.
    for (const register of words.keys()) if (register >= dreg) words.delete(register)
    words.set(dreg, `${key} map @${set}`)
    return undefined
  },
}

/** The fields that stand in registers from this one on. */
function keyText(words: ReadonlyMap<number, string>, from: number): string {
  return [...words]
    .filter(([register]) => register >= from)
    .toSorted(([a], [b]) => a - b)
    .map(([, word]) => word)
    .join(' . ')
}

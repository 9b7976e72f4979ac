/** A verdict as a sentence, in English: another language is another such table. */
import type { CheckResult } from './evaluate.ts'
import { kinds } from '../check-kinds/kinds.ts'
import { sceneWords } from '../check-kinds/scene.ts'

type Sentences = Record<string, (values: object) => string>

/** Undefined for what is true. */
export function sentenceOf({ kind, reason }: CheckResult): string | undefined {
  if (reason === undefined) return undefined
  const words = { ...sceneWords, ...kinds[kind].words } as unknown as Sentences
  return words[reason.code]!(reason.values)
}

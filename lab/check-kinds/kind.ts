/** What one kind of check is: what a file may ask, which nodes it names, whether it is true, and how a verdict reads. */
import type { z } from 'zod'
import type { Reason, Words } from './reason.ts'
import type { Scene } from './scene.ts'

/** A node that a check names, and the key that names it. */
export interface NodeReference {
  key: string
  node: string
}

export interface Kind<Schema extends z.ZodType, W extends Words> {
  schema: Schema
  nodes: (wanted: z.output<Schema>) => NodeReference[]
  words: W
  /** Undefined: true. What cannot be found out is not true: `Untrue` is thrown. */
  judge: (wanted: z.output<Schema>, scene: Scene) => Reason<W> | undefined | Promise<Reason<W> | undefined>
}

/** Ties the reasons that `judge` may give to the words there are for them. */
export function defineKind<Schema extends z.ZodType, W extends Words>(kind: Kind<Schema, W>): Kind<Schema, W> {
  return kind
}

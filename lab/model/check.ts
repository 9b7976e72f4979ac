/** What a task asks of the kernel. Each check is one map with one key, which is its kind. */
import { z } from 'zod'
import { kinds, type KindName } from '../check-kinds/kinds.ts'
import type { NodeReference } from '../check-kinds/kind.ts'

const names = Object.keys(kinds) as KindName[]

type Schemas = { [Name in KindName]: (typeof kinds)[Name]['schema'] }
type Wanted = { [Name in KindName]: z.output<Schemas[Name]> }
const schemas = Object.fromEntries(names.map((name) => [name, kinds[name].schema.optional()])) as unknown as {
  [Name in KindName]: z.ZodOptional<Schemas[Name]>
}

export const check = z
  .strictObject(schemas)
  .refine((value) => Object.keys(value).length === 1, `a check has exactly one of ${names.join(', ')}`)
  .transform((value) => {
    const kind = names.find((name) => value[name] !== undefined)!
    return { kind, wanted: value[kind] } as Check
  })

export type Check = { [Name in KindName]: { kind: Name; wanted: Wanted[Name] } }[KindName]

export function nodesOf({ kind, wanted }: Check): NodeReference[] {
  return (kinds[kind].nodes as (wanted: unknown) => NodeReference[])(wanted)
}

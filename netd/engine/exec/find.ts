import { errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import type { Exec } from '../runtime.ts'

export function findExec({ runtime }: Pick<Engine, 'runtime'>, id: string): Exec {
  const exec = runtime.execs.get(id)
  if (exec === undefined) throw errors.execNotFound(id)
  return exec
}

import { errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import type { Exec } from '../life/exec.ts'

export function findExec({ lives }: Pick<Engine, 'lives'>, id: string): Exec {
  const exec = lives.exec(id)
  if (exec === undefined) throw errors.execNotFound(id)
  return exec
}

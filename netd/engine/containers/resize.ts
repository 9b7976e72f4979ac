import { errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import { permits, whileRunning } from '../life/refusals.ts'
import { findContainer } from './find.ts'

export interface TerminalSize {
  rows: number
  columns: number
}

export function parseSize(height: string | undefined, width: string | undefined): TerminalSize {
  const number = (text: string | undefined): number => {
    if (text === undefined || !/^\d+$/.test(text))
      throw errors.invalidParameter(`strconv.Atoi: parsing "${text ?? ''}": invalid syntax`)
    return Number(text)
  }
  return { rows: number(height), columns: number(width) }
}

export async function resizeContainer(engine: Engine, reference: string, size: TerminalSize): Promise<void> {
  const container = findContainer(engine, reference)
  permits(engine, 'inspectProcess', container)
  await whileRunning(container.id, engine.launcher.tasks.resize(container.id, size))
}

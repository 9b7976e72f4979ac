import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import type { InspectFlags } from '../../render/inspect.ts'
import { addExamples } from '../examples.ts'
import { addInspectFlags } from '../flags.ts'
import { inspectAll } from '../inspect-all.ts'

export function declareVolumeInspect(command: Command, context: Context): void {
  addInspectFlags(command.argument('<volume...>', 'Names')).action(async (names: string[], flags: InspectFlags) => {
    const { volumes } = await context.client()
    await inspectAll(names, context, flags, (name) => volumes.inspect(name))
  })
  addExamples(command, 'trestle volume inspect data', "trestle volume inspect -f '{{.Mountpoint}}' data")
}

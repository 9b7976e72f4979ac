import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { parseLabel, parseOption } from '../../request/values.ts'
import { addExamples } from '../examples.ts'
import { map } from '../flags.ts'

interface CreateFlags {
  driver: string
  label?: Record<string, string>
  opt?: Record<string, string>
}

export function declareVolumeCreate(command: Command, context: Context): void {
  command
    .argument('[volume]', 'Name of the new volume; without one the daemon makes a name')
    .option('-d, --driver <driver>', 'What keeps the files', 'local')
    .addOption(map('--label <key=value>', 'Put a label on the volume', parseLabel))
    .addOption(map('-o, --opt <key=value>', "Set one of the driver's options", parseOption))
    .action(async (name: string | undefined, { driver, label, opt }: CreateFlags) => {
      const { Name } = await (
        await context.client()
      ).volumes.create({ Name: name ?? '', Driver: driver, Labels: label ?? {}, DriverOpts: opt ?? {} })
      context.print(Name)
    })
  addExamples(
    command,
    'trestle volume create data',
    'trestle volume create --label lab=first-steps data',
    'trestle volume create -o type=none -o o=bind -o device=/srv/data data',
  )
}

import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { CommandError, sentence } from '../../errors.ts'
import { attachedStreams, createContainerRequest, type RunFlags } from '../../request/container.ts'
import { refuseWithoutTerminal } from '../../terminal/session.ts'
import { startAttached, startError } from './attached.ts'
import { declareRunFlags } from './run-flags.ts'
import { readVariableFiles } from './variable-files.ts'

export function declareRun(command: Command, context: Context): void {
  declareRunFlags(command, context.environment).action(async (image: string, args: string[], flags: RunFlags) => {
    const fileVariables = await readVariableFiles(flags.envFile ?? [], context.environment)
    const request = createContainerRequest(image, args, flags, { fileVariables, workingDirectory: process.cwd() })
    const streams = attachedStreams(flags)
    const isTty = flags.tty ?? false
    refuseWithoutTerminal(context, { isTty, hasInput: streams.stdin })

    const client = await context.client()
    const { Id, Warnings } = await client.containers
      .create(request, flags.name === undefined ? {} : { name: flags.name })
      .catch((error: unknown) => {
        throw new CommandError(sentence(error), 125)
      })
    for (const warning of Warnings ?? []) context.printError(`WARNING: ${warning}`)
    if (flags.detach === true) {
      await client.containers.start(Id).catch((error: unknown) => {
        throw startError(error)
      })
      context.print(Id)
      return
    }
    context.setExitCode(await startAttached(client, context, Id, { streams, isTty, isAutoRemove: flags.rm ?? false }))
  })
}

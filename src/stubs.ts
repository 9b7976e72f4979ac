/** A command's stub knows its name and summary; the rest is loaded when it is called, or when someone walks the whole tree. */
import type { Command } from 'commander'
import type { Leaf } from './commands/index.ts'
import type { Context } from './context.ts'

const waiting = new WeakMap<Command, () => Promise<void>>()

export function addStub(parent: Command, name: string, leaf: Leaf, context: Context): void {
  const command = parent.command(name).summary(leaf.summary).description(leaf.summary)
  waiting.set(command, async () => (await leaf.load())(command, context))
  parent.hook('preSubcommand', async (_, called) => {
    if (called === command) await fill(command)
  })
}

/** Once is enough. */
export async function fill(command: Command): Promise<void> {
  const load = waiting.get(command)
  waiting.delete(command)
  await load?.()
}

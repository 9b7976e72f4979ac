import { Argument, type Command } from 'commander'
import type { Context } from '../../context.ts'
import { addExamples } from '../examples.ts'

export function declareCompletion(command: Command, context: Context): void {
  command
    .addArgument(new Argument('<shell>', 'Which shell').choices(['bash', 'zsh']))
    .action(async (shell: 'bash' | 'zsh') => {
      const { describeCommands } = await import('../../completion/describe.ts')
      const { bashScript, zshScript } = await import('../../completion/scripts.ts')
      const program = await describeCommands(command.parent!)
      context.stdout.write(shell === 'bash' ? bashScript(program) : zshScript(program))
    })
  addExamples(command, 'source <(trestle completion bash)', 'trestle completion zsh > "${fpath[1]}/_trestle"')
}

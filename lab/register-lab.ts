import type { Command } from 'commander'
import type { CheckOptions } from './commands/check.ts'
import type { LabContext } from './index.ts'

/** `lab` and its verbs, on the empty group that the command line gives. */
export function registerLab(lab: Command, context: LabContext): void {
  lab.description('labs: topologies of containers, bare namespaces, networks and links, from one file').enablePositionalOptions()

  lab
    .command('up')
    .description('bring a lab up: all of it or, after a failure, nothing')
    .argument('<file>', 'topology file')
    .addHelpText('after', '\nExamples:\n  trestle lab up topologies/first-steps.yaml')
    .action(async (file: string) => {
      const { up } = await import('./commands/up.ts')
      await up(context, file)
    })

  lab
    .command('down')
    .description('take away everything that carries the label of a lab')
    .argument('<lab>', 'name of the lab, or its file')
    .addHelpText('after', '\nExamples:\n  trestle lab down first-steps\n  trestle lab down topologies/first-steps.yaml')
    .action(async (name: string) => {
      const { down } = await import('./commands/down.ts')
      await down(context, name)
    })

  lab
    .command('ls')
    .description('list the labs and their nodes')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const { ls } = await import('./commands/ls.ts')
      await ls(context, options)
    })

  lab
    .command('exec')
    .description('run a command in a node to its end, without input')
    .argument('<node>', 'node, as the topology calls it')
    .argument('<command...>', 'the command and its arguments')
    .option('--lab <lab>', 'where several labs have such a node')
    .passThroughOptions()
    .addHelpText('after', '\nExamples:\n  trestle lab exec client -- ping -c 1 web\n  trestle lab exec --lab first-steps web -- ip address')
    .action(async (node: string, command: string[], options: { lab?: string }) => {
      const { exec } = await import('./commands/exec.ts')
      await exec(context, node, command, options)
    })

  lab
    .command('check')
    .description('see which tasks of an exercise are done; exit code 0 when all are, 1 when not yet')
    .argument('<file>', 'topology file')
    .option('--hint [count]', 'show hints for the first task that is not done: one, or so many')
    .option('--json', 'print JSON')
    .option('--watch', 'go on until every task is done, and tell each one that turns')
    .addHelpText('after', '\nExamples:\n  trestle lab check 04-two-namespaces-and-a-veth.yaml\n  trestle lab check 04-two-namespaces-and-a-veth.yaml --hint 2\n  trestle lab check 04-two-namespaces-and-a-veth.yaml --watch')
    .action(async (file: string, options: CheckOptions) => {
      const { check } = await import('./commands/check.ts')
      await check(context, file, options)
    })
}

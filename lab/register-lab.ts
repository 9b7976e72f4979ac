import type { Command } from 'commander'
import type { CheckOptions } from './commands/check.ts'
import type { LabContext } from './context.ts'

const exercise = 'topologies/exercises/04-two-namespaces-and-a-veth.yaml'

/** `lab` and its verbs, on the empty group that the command line gives. */
export function registerLab(lab: Command, context: LabContext): void {
  lab
    .description('Labs: topologies of containers, bare namespaces, networks and links, from one file')
    .enablePositionalOptions()
    .helpCommand(false)
  addExamples(
    lab,
    'trestle lab up topologies/first-steps.yaml',
    'trestle lab exec client -- curl -s http://web/',
    'trestle lab down first-steps',
  )

  const up = lab
    .command('up')
    .description('Bring a lab up: all of it or, after a failure, nothing')
    .argument('<file>', 'topology file')
    .action(async (file: string) => {
      const { up: run } = await import('./commands/up.ts')
      await tellProblems(context, run(context, file))
    })
  addExamples(up, 'trestle lab up topologies/first-steps.yaml')

  const down = lab
    .command('down')
    .description('Take away everything that carries the label of a lab')
    .argument('<lab>', 'name of the lab, or its file')
    .action(async (name: string) => {
      const { down: run } = await import('./commands/down.ts')
      await tellProblems(context, run(context, name))
    })
  addExamples(down, 'trestle lab down first-steps', 'trestle lab down topologies/first-steps.yaml')

  const ls = lab
    .command('ls')
    .description('List the labs and their nodes')
    .option('--json', 'Print JSON')
    .action(async (options: { json?: boolean }) => {
      const { ls: run } = await import('./commands/ls.ts')
      await run(context, options)
    })
  addExamples(ls, 'trestle lab ls', "trestle lab ls --json | jq '.[].node'")

  const exec = lab
    .command('exec')
    .description('Run a command in a node to its end, without input')
    .argument('<node>', 'node, as the topology calls it')
    .argument('<command...>', 'the command and its arguments')
    .option('--lab <lab>', 'Where several labs have such a node')
    .passThroughOptions()
    .action(async (node: string, command: string[], options: { lab?: string }) => {
      const { exec: run } = await import('./commands/exec.ts')
      // What is passed through begins with the `--` that ended our own options.
      await run(context, node, command[0] === '--' ? command.slice(1) : command, options)
    })
  addExamples(exec, 'trestle lab exec client -- ping -c 1 web', 'trestle lab exec --lab first-steps web -- ip address')

  const check = lab
    .command('check')
    .description('See which tasks are done; exit code 0 when all are, 1 when not yet')
    .argument('<file>', 'topology file')
    .option('--hint [count]', 'Show hints for the first task that is not done: one, or so many')
    .option('--json', 'Print JSON')
    .option('--watch', 'Go on until every task is done, and tell each one that turns')
    .action(async (file: string, options: CheckOptions) => {
      const { check: run } = await import('./commands/check.ts')
      await tellProblems(context, run(context, file, options))
    })
  addExamples(
    check,
    `trestle lab check ${exercise}`,
    `trestle lab check ${exercise} --hint 2`,
    `trestle lab check ${exercise} --watch`,
  )
}

function addExamples(command: Command, ...examples: string[]): void {
  command.addHelpText('after', `\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`)
}

/** The problems of a file are lines of their own, as compilers write them, so that editors can jump to each. */
async function tellProblems(context: LabContext, work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof Error && error.name === 'TopologyError')) throw error
    context.stderr.write(`${error.message}\n`)
    context.setExitCode(2)
  }
}

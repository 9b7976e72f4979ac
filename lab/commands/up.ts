import type { LabContext } from '../context.ts'
import { loadTopology } from '../model/load.ts'
import type { Topology } from '../model/topology.ts'
import { bringUp } from '../deploy/bring-up.ts'
import { containerName } from '../deploy/names.ts'

export async function up(context: LabContext, file: string): Promise<void> {
  const topology = await loadTopology(file)
  const began = performance.now()
  const progress = new Progress(context.stderr)
  try {
    await bringUp(await context.client(), topology, (step, count, total) =>
      progress.show(`[${count}/${total}] ${step.subject}`),
    )
  } finally {
    progress.clear()
  }
  context.stdout.write(describe(topology, file, performance.now() - began))
}

function describe(topology: Topology, file: string, elapsedMs: number): string {
  const { name: lab, nodes, networks, links, tasks, story } = topology
  const counts = [
    count(Object.keys(nodes).length, 'node'),
    count(Object.keys(networks).length, 'network'),
    count(links.length, 'link'),
  ]
  const lines = [
    `lab ${lab} is up: ${counts.join(', ')} in ${elapsedMs < 1000 ? `${Math.round(elapsedMs)} ms` : `${(elapsedMs / 1000).toFixed(1)} s`}`,
  ]
  for (const [name, { image }] of Object.entries(nodes)) {
    lines.push(
      image === undefined
        ? `  ${name}: ip netns exec ${name} ip address`
        : `  ${name}: trestle exec -it ${containerName(lab, name)} sh`,
    )
  }
  if (story !== undefined) lines.push('', story.trim())
  if (tasks.length > 0)
    lines.push('', `${count(tasks.length, 'task')} to do; how far you are: trestle lab check ${file}`)
  return `${lines.join('\n')}\n`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** One line that is written over; silent where nobody looks. */
class Progress {
  readonly #stream: NodeJS.WriteStream

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  show(line: string): void {
    if (this.#stream.isTTY) this.#stream.write(`\r\u001b[2K${line.slice(0, this.#stream.columns - 1)}`)
  }

  clear(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[2K')
  }
}

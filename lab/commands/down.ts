import type { LabContext } from '../context.ts'
import { takeDown } from '../deploy/take-down.ts'
import { loadTopology } from '../model/load.ts'

/** `lab` is a topology file or the name of a lab; what is not there is no error. */
export async function down(context: LabContext, lab: string): Promise<void> {
  const name = /[./]/.test(lab) ? (await loadTopology(lab)).name : lab
  const { nodes, networks } = await takeDown(await context.client(), name)
  context.stdout.write(
    nodes + networks === 0 ? `lab ${name} is not there: nothing to take away\n` : `lab ${name} is down\n`,
  )
}

/** A lab as its file has it. */
import { z } from 'zod'
import { check } from './check.ts'
import { link } from './link.ts'
import { itemName } from '../yaml/values.ts'
import { network } from './network.ts'
import { node } from './node.ts'

const task = z.strictObject({
  name: z.string().min(1, 'a task needs a name'),
  story: z.string().describe('what to do, and why, for the learner').optional(),
  hints: z.array(z.string()).default([]).describe('from the gentlest to the one that gives it away'),
  checks: z
    .array(check)
    .min(1, 'a task needs a check, or it would be done before it begins')
    .describe('the task is done when all of them are true'),
})
export type Task = z.infer<typeof task>

export const topology = z
  .strictObject({
    name: itemName.describe('of the lab'),
    description: z.string().optional(),
    story: z.string().describe('what an exercise is about, for the learner').optional(),
    networks: z.record(itemName, network).default({}),
    nodes: z.record(itemName, node).default({}),
    links: z.array(link).default([]).describe('veth pairs between two nodes'),
    tasks: z.array(task).default([]),
    solution: z.string().describe('a script beside this file that makes every check true').optional(),
  })
  .meta({ title: 'A Trestle lab' })
export type Topology = z.infer<typeof topology>

/** For editors: what a file may say, before defaults. */
export function topologyJsonSchema(): object {
  return z.toJSONSchema(topology, { io: 'input', unrepresentable: 'any' })
}

/** Whether an echo comes back. */
import { z } from 'zod'
import { defineKind } from './kind.ts'
import { firstLine, runTool, Untrue } from './scene.ts'

/** The kernel's own refusals, which ping passes on: no packet has left, which is an answer as well. */
const refusals =
  /Network is unreachable|No route to host|Destination (Host|Net|Port) (Unreachable|Prohibited)|Permission denied|Operation not permitted|Cannot assign requested address/i

export const ping = defineKind({
  schema: z.strictObject({
    from: z.string(),
    to: z.string().describe('an address or a name'),
    answers: z.boolean().default(true),
  }),
  words: {
    answered: ({ from, to }: { from: string; to: string }) => `${to} answers a ping from ${from}, and should not`,
    unanswered: ({ from, to, refusal }: { from: string; to: string; refusal?: string | undefined }) =>
      `${to} does not answer a ping from ${from}${refusal === undefined ? '' : `: ${refusal}`}`,
  },
  nodes: ({ from }) => [{ key: 'from', node: from }],
  async judge({ from, to, answers }, scene) {
    const { stdout, stderr } = await runTool(scene, from, ['ping', '-n', '-q', '-c', '1', '-W', '2', to])
    const received = /transmitted, (\d+)/.exec(stdout)?.[1]
    const refusal = refusals.exec(stderr)?.[0]
    if (received === undefined && refusal === undefined)
      throw new Untrue({ code: 'program-failed', values: { program: 'ping', says: firstLine(stderr) ?? 'nothing' } })
    const isAnswered = received !== undefined && Number(received) > 0
    if (isAnswered === answers) return undefined
    return isAnswered
      ? { code: 'answered', values: { from, to } }
      : { code: 'unanswered', values: { from, to, refusal } }
  },
})

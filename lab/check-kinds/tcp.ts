/** Whether a connection stands. */
import { z } from 'zod'
import { defineKind } from './kind.ts'
import { firstLine, runTool, Untrue } from './scene.ts'

/** CURLE_*, libcurl-errors(3). */
const couldntConnect = 7
const timedOut = 28

/** curl tells the time at which the connection stood, whatever the server makes of a HEAD request after that. */
const curl = 'curl -sS --head --noproxy * -o /dev/null --connect-timeout 2 --max-time 3 -w %{time_connect}'.split(' ')

export const tcp = defineKind({
  schema: z.strictObject({
    from: z.string(),
    to: z
      .string()
      .regex(
        /^(\[[0-9a-fA-F:.]+\]|[^:\s[\]]+):\d{1,5}$/,
        'not an address or name with a port, such as web:80 or [fd00::1]:80',
      ),
    connects: z.boolean().default(true),
  }),
  words: {
    connected: ({ from, to }: { from: string; to: string }) => `${from} can connect to ${to}, and should not`,
    unconnected: ({ from, to, isTimedOut }: { from: string; to: string; isTimedOut: boolean }) =>
      `${from} cannot connect to ${to}: ${isTimedOut ? 'no answer' : 'refused or unreachable'}`,
  },
  nodes: ({ from }) => [{ key: 'from', node: from }],
  async judge({ from, to, connects }, scene) {
    const { exitCode, stdout, stderr } = await runTool(scene, from, [...curl, `http://${to}/`])
    const isConnected = Number(stdout) > 0
    if (!isConnected && exitCode !== couldntConnect && exitCode !== timedOut)
      throw new Untrue({
        code: 'unknown',
        values: { message: firstLine(stderr) ?? `curl ended with exit code ${exitCode}` },
      })
    if (isConnected === connects) return undefined
    return isConnected
      ? { code: 'connected', values: { from, to } }
      : { code: 'unconnected', values: { from, to, isTimedOut: exitCode === timedOut } }
  },
})

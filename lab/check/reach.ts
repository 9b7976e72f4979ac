/** Whether packets get there, by asking: `ping` for echoes, `curl` for connections. */
import type { PingCheck, TcpCheck } from '../model/check.ts'
import { NotTrue, runTool, type Scene, type Verdict } from './scene.ts'

/** The kernel's own refusals, which ping and curl pass on: no packet has left, which is an answer as well. */
const refusals =
  /Network is unreachable|No route to host|Destination (Host|Net|Port) (Unreachable|Prohibited)|Permission denied|Operation not permitted|Cannot assign requested address/i

export async function checkPing({ from, to, answers }: PingCheck, scene: Scene): Promise<Verdict> {
  const { stdout, stderr } = await runTool(scene, from, ['ping', '-n', '-q', '-c', '1', '-W', '2', to])
  const received = /transmitted, (\d+)/.exec(stdout)?.[1]
  const refusal = refusals.exec(stderr)?.[0]
  if (received === undefined && refusal === undefined)
    throw new NotTrue(`cannot tell: ping says ${firstLine(stderr) ?? 'nothing'}`)
  const isAnswered = received !== undefined && Number(received) > 0
  if (isAnswered === answers) return undefined
  return isAnswered
    ? `${to} answers a ping from ${from}, and should not`
    : `${to} does not answer a ping from ${from}${refusal === undefined ? '' : `: ${refusal}`}`
}

/** CURLE_*, libcurl-errors(3). */
const couldntConnect = 7
const timedOut = 28

/** curl tells the time at which the connection stood, whatever the server makes of a HEAD request after that. */
export async function checkTcp({ from, to, connects }: TcpCheck, scene: Scene): Promise<Verdict> {
  const command = [
    'curl',
    '-sS',
    '--head',
    '--noproxy',
    '*',
    '-o',
    '/dev/null',
    '--connect-timeout',
    '2',
    '--max-time',
    '3',
    '-w',
    '%{time_connect}',
    `http://${to}/`,
  ]
  const { exitCode, stdout, stderr } = await runTool(scene, from, command)
  const isConnected = Number(stdout) > 0
  if (!isConnected && exitCode !== couldntConnect && exitCode !== timedOut)
    throw new NotTrue(`cannot tell: ${firstLine(stderr) ?? `curl ended with ${exitCode}`}`)
  if (isConnected === connects) return undefined
  return isConnected
    ? `${from} can connect to ${to}, and should not`
    : `${from} cannot connect to ${to}: ${exitCode === timedOut ? 'no answer' : 'refused or unreachable'}`
}

function firstLine(text: string): string | undefined {
  return text.trim().split('\n')[0] || undefined
}

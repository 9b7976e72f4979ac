/** Checks that ask a program inside the node. */
import type { ExecCheck, NeighbourCheck, SysctlCheck } from '../model/check.ts'
import { isSameAddress } from '../model/cidr.ts'
import { findNode, NotTrue, runTool, type Scene, type Verdict } from './scene.ts'

export async function checkExec({ node, command, exit, output }: ExecCheck, scene: Scene): Promise<Verdict> {
  // 126 and 127 are answers here, where a task may ask for them.
  const run =
    exit === 126 || exit === 127 ? await scene.run(findNode(scene, node), command) : await runTool(scene, node, command)
  const subject = `"${(command[0] === 'sh' && command[1] === '-c' ? command.slice(2) : command).join(' ')}" in ${node}`
  const { exitCode, stdout, stderr } = run
  if (exitCode !== exit)
    return `${subject} ends with exit code ${exitCode}, not ${exit}${stderr.trim() === '' ? '' : `: ${stderr.trim().split('\n')[0]}`}`
  if (output !== undefined && !new RegExp(output, 'm').test(stdout))
    return `what ${subject} prints does not match /${output}/`
  return undefined
}

/** A dot of the name is a folder below /proc/sys, and a slash of the name is a dot (sysctl(8)). */
export async function checkSysctl({ node, name, value }: SysctlCheck, scene: Scene): Promise<Verdict> {
  const path = `/proc/sys/${name.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'))}`
  const { exitCode, stdout } = await runTool(scene, node, ['cat', path])
  if (exitCode !== 0) return `${node} has no sysctl ${name}`
  const found = words(stdout)
  return found === words(value) ? undefined : `${name} is ${found} in ${node}, not ${value}`
}

/** NUD states in which the kernel has no address to send to (linux/neighbour.h). */
const unresolved = new Set(['FAILED', 'INCOMPLETE', 'NONE'])

interface IpNeighbour {
  dst: string
  dev: string
  lladdr?: string
  state?: string[]
}

export async function checkNeighbour(
  { node, address, mac, dev, exists }: NeighbourCheck,
  scene: Scene,
): Promise<Verdict> {
  const { exitCode, stdout, stderr } = await runTool(scene, node, ['ip', '-json', 'neighbour', 'show'])
  if (exitCode !== 0) throw new NotTrue(`cannot tell: ip says ${stderr.trim()}`)
  const entries = JSON.parse(stdout || '[]') as IpNeighbour[]
  const known = entries.filter(
    ({ dst, state }) => isSameAddress(dst, address) && !state?.some((flag) => unresolved.has(flag)),
  )
  const found = known.find(
    (entry) =>
      (mac === undefined || entry.lladdr?.toLowerCase() === mac.toLowerCase()) &&
      (dev === undefined || entry.dev === dev),
  )
  if (!exists) return found === undefined ? undefined : `${node} still knows ${address} as ${found.lladdr ?? found.dev}`
  if (found !== undefined) return undefined
  const [other] = known
  return `${node} does not know ${address}${mac === undefined ? '' : ` as ${mac}`}${other === undefined ? '' : `, but as ${other.lladdr ?? 'no address'} on ${other.dev}`}`
}

function words(text: string): string {
  return text.trim().split(/\s+/).join(' ')
}

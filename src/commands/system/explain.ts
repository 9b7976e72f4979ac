import type { Command } from 'commander'
import type { ExplainVerdict } from '../../../api/trestle/explain.ts'
import type { Context } from '../../context.ts'
import { CommandError, sentence, UsageError } from '../../errors.ts'
import { renderExplanation } from '../../render/explanation.ts'
import { addExamples } from '../examples.ts'
import { integer } from '../flags.ts'

interface ExplainFlags {
  ipv4?: boolean
  ipv6?: boolean
  size?: number
  json?: boolean
}

const exitCodes: Record<ExplainVerdict, number> = { arrives: 0, lost: 1, unknown: 2 }

export function declareExplain(command: Command, context: Context): void {
  command
    .argument(
      '<packet...>',
      "Who sends and who is to get it: A B, A B:PORT, A B:PORT/PROTO, or 'A -> B:PORT' in quotes",
    )
    .option('-4, --ipv4', 'By IPv4')
    .option('-6, --ipv6', 'By IPv6')
    .addOption(integer('--size <bytes>', 'Size of the packet, with its IP header: what a link does not carry is lost'))
    .option('--json', "The daemon's own answer")
    .action(async (words: string[], { ipv4, ipv6, size, json }: ExplainFlags) => {
      const [from, to] = parties(words)
      if (ipv4 === true && ipv6 === true) throw new UsageError('--ipv4 and --ipv6: a packet has one of them')
      const family = ipv4 === true ? 'ipv4' : ipv6 === true ? 'ipv6' : undefined
      const { trestle } = await context.client()
      const explanation = await trestle
        .explain({
          from,
          to,
          ...(family === undefined ? {} : { family }),
          ...(size === undefined ? {} : { size }),
        })
        .catch((error: unknown) => {
          // Who is not there, or a daemon that does not answer, is no packet that is lost.
          throw new CommandError(sentence(error), exitCodes.unknown)
        })
      context.stdout.write(
        json === true ? `${JSON.stringify(explanation, undefined, 4)}\n` : renderExplanation(explanation),
      )
      context.setExitCode(exitCodes[explanation.verdict])
    })
  command.addHelpText(
    'after',
    `
A and B are each a container, a lab node, a bare namespace, "host", "outside", an address, or the path of a network
namespace. Without a port, B is pinged. Nothing is sent: the way is read from what the kernel has now.

Exit codes: 0 the packet arrives and is answered; 1 it is not; 2 nobody can tell, or the question has no answer.`,
  )
  addExamples(
    command,
    'trestle explain web db:5432',
    "trestle explain 'web -> db:5432'",
    'trestle explain outside host:8080',
    'trestle explain web 9.9.9.9:53/udp',
    'trestle explain -6 --size 1400 web outside',
  )
}

function parties(words: string[]): [from: string, to: string] {
  const [from, to, ...more] = words
    .join(' ')
    .split(/\s*->\s*|\s+/)
    .filter((word) => word !== '')
  if (words.at(-1) === '-')
    throw new UsageError("a shell takes > for itself: write trestle explain A B, or put 'A -> B' in quotes")
  if (from === undefined || to === undefined || more.length > 0)
    throw new UsageError('explain takes who sends and who is to get it, as in: trestle explain web db:5432')
  return [from, to]
}

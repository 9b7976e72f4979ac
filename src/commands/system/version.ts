import type { Command } from 'commander'
import manifest from '../../../package.json' with { type: 'json' }
import type { SystemVersion } from '../../../api/docker/system.ts'
import type { Context } from '../../context.ts'
import { sentence } from '../../errors.ts'
import { renderInspect, type InspectFlags } from '../../render/inspect.ts'
import { addExamples } from '../examples.ts'
import { addInspectFlags } from '../flags.ts'

export function declareVersion(command: Command, context: Context): void {
  addInspectFlags(command).action(async ({ format, json }: InspectFlags) => {
    const client = await context.client()
    const own = { Version: manifest.version, NodeVersion: process.version, Os: process.platform, Arch: process.arch }
    // What can be said without the daemon is said, then that it is not there.
    const server = await client.system.version().catch((error: unknown) => {
      context.printError(`trestle: ${sentence(error)}`)
      context.setExitCode(1)
    })
    const answer = { Client: own, Server: server ?? null }
    if (json === true) context.stdout.write(`${JSON.stringify(answer, undefined, 4)}\n`)
    else if (format !== undefined)
      context.stdout.write(format === 'json' ? `${JSON.stringify(answer)}\n` : renderInspect([answer], { format }))
    else context.stdout.write(describe(own, server ?? undefined))
  })
  addExamples(command, 'trestle version', "trestle version -f '{{.Server.ApiVersion}}'")
}

function describe(
  own: { Version: string; NodeVersion: string; Os: string; Arch: string },
  server: SystemVersion | undefined,
): string {
  const lines: string[] = [
    'Client:',
    ...fields({ Version: own.Version, 'Node version': own.NodeVersion, 'OS/Arch': `${own.Os}/${own.Arch}` }, 1),
  ]
  if (server !== undefined) {
    const { Version, ApiVersion, MinAPIVersion, GitCommit, Os, Arch } = server
    const engine = {
      Version,
      'API version': `${ApiVersion} (minimum version ${MinAPIVersion})`,
      'Git commit': GitCommit,
      'OS/Arch': `${Os}/${Arch}`,
    }
    lines.push(
      '',
      `Server:${server.Platform?.Name ? ` ${server.Platform.Name}` : ''}`,
      ' Engine:',
      ...fields(engine, 2),
    )
    for (const { Name, Version } of server.Components?.filter(({ Name }) => Name !== 'Engine') ?? [])
      lines.push(` ${Name}:`, ...fields({ Version }, 2))
  }
  return `${lines.join('\n')}\n`
}

function fields(values: Record<string, string>, depth: number): string[] {
  return Object.entries(values)
    .filter(([, value]) => value)
    .map(([name, value]) => `${' '.repeat(depth)}${`${name}:`.padEnd(18)}${value}`)
}

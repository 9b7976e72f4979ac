import type { Command } from 'commander'
import type { SystemInfo } from '../../../api/docker/system.ts'
import type { Context } from '../../context.ts'
import { renderInspect, type InspectFlags } from '../../render/inspect.ts'
import { humanBytes } from '../../render/units.ts'
import { addExamples } from '../examples.ts'
import { addInspectFlags } from '../flags.ts'

export function declareInfo(command: Command, context: Context): void {
  addInspectFlags(command).action(async ({ format, json }: InspectFlags) => {
    const client = await context.client()
    const info = await client.system.info()
    if (json === true) context.stdout.write(`${JSON.stringify(info, undefined, 4)}\n`)
    else if (format !== undefined)
      context.stdout.write(format === 'json' ? `${JSON.stringify(info)}\n` : renderInspect([info], { format }))
    else context.stdout.write(describe(info, client.host))
    for (const warning of info.Warnings ?? []) context.printError(warning)
  })
  addExamples(command, 'trestle info', "trestle info -f '{{.ServerVersion}}'")
}

function describe(info: SystemInfo, host: string): string {
  const lines: [string, string | number][] = [
    ['Daemon', host],
    ['Server Version', info.ServerVersion],
    ['Containers', info.Containers],
    [' Running', info.ContainersRunning],
    [' Paused', info.ContainersPaused],
    [' Stopped', info.ContainersStopped],
    ['Images', info.Images],
    ['Storage Driver', info.Driver],
    ['Network Drivers', (info.Plugins?.Network ?? []).join(' ')],
    ['Default Runtime', info.DefaultRuntime],
    ['Cgroup Driver', info.CgroupDriver],
    ['Cgroup Version', info.CgroupVersion ?? '1'],
    ['Kernel Version', info.KernelVersion],
    ['Operating System', info.OperatingSystem],
    ['OSType', info.OSType],
    ['Architecture', info.Architecture],
    ['CPUs', info.NCPU],
    ['Total Memory', humanBytes(info.MemTotal)],
    ['Name', info.Name],
    ['ID', info.ID],
    ['Root Dir', info.DockerRootDir],
  ]
  return lines.map(([name, text]) => `${name}: ${text}\n`).join('')
}

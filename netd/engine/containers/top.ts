import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import { permits, whileRunning } from '../life/refusals.ts'
import { publishContainerEvent } from '../life/container-event.ts'
import { findContainer } from './find.ts'

export interface Top {
  Titles: string[]
  Processes: string[][]
}

async function ps(args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)('ps', args, { maxBuffer: 64 * 1024 * 1024 })).stdout
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    throw errors.internal(`ps: ${(stderr || message).trim().split('\n')[0]}`)
  }
}

/** The host's `ps` with the caller's options, cut down to the container's processes: dockerd's own way, since it is ps's options that are asked for. */
export async function topContainer(engine: Engine, reference: string, psArguments: string): Promise<Top> {
  const container = findContainer(engine, reference)
  permits(engine, 'inspectProcess', container)
  const args = psArguments.split(/\s+/).filter((argument) => argument !== '')
  const pids = await whileRunning(container.id, engine.launcher.tasks.pids(container.id))
  // Options that select nobody (`-o pid,args`) would list the daemon's own terminal; those that select (`-ef`) refuse -q.
  const stdout = await ps([...args, `-q${pids.join(',')}`]).catch(() => ps(args))
  const [titles = [], ...rows] = stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/))
  const pidColumn = titles.indexOf('PID')
  if (pidColumn < 0) throw errors.internal("Couldn't find PID field in ps output")
  const own = new Set(pids)
  publishContainerEvent(engine, container, 'top')
  return {
    Titles: titles,
    // The last column is a command with its arguments.
    Processes: rows
      .filter((row) => own.has(Number(row[pidColumn])))
      .map((row) => [...row.slice(0, titles.length - 1), row.slice(titles.length - 1).join(' ')]),
  }
}

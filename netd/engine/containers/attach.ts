import type { Writable } from 'node:stream'
import type { Stdin } from '../../containerd/launcher.ts'
import type { Conversation, OutputChunk } from '../conversation.ts'
import { parseDetachKeys } from '../detach-keys.ts'
import type { Engine } from '../engine.ts'
import { processInput } from '../input.ts'
import type { Transition } from '../life/life.ts'
import { permits } from '../life/refusals.ts'
import { isRunning } from '../life/status.ts'
import { publishContainerEvent } from '../life/container-event.ts'
import { findContainer } from './find.ts'

export interface AttachOptions {
  /** What was written before now, first. */
  withLogs: boolean
  isStream: boolean
  stdin: boolean
  stdout: boolean
  stderr: boolean
  detachKeys?: string | undefined
}

/** To a container that does not run yet, too: clients attach, then start, and miss nothing. */
export function attachContainer(engine: Engine, reference: string, options: AttachOptions): Conversation {
  const container = findContainer(engine, reference)
  const { id } = container
  const { process } = container.options
  const detachKeys = parseDetachKeys(options.detachKeys)
  permits(engine, 'attach', container, reference)
  const left = new AbortController()
  const hasInput = options.stdin && options.isStream && process.hasStdin
  publishContainerEvent(engine, container, 'attach')
  // Asked for here, not at the first read: what is written between the two belongs to this client.
  if (!isRunning(container)) void withoutRun(engine, id, left.signal).then((isWithout) => isWithout && left.abort())
  const live = options.isStream ? engine.launcher.logs.output(id, left.signal)[Symbol.asyncIterator]() : undefined
  const first = live?.next()
  // Told to whoever reads it, who may still be busy with what is in the log.
  first?.catch(() => {})

  async function* output(): AsyncGenerator<OutputChunk> {
    const wanted = (stream: OutputChunk['stream']): boolean => options[stream]
    if (options.withLogs) {
      const query = { isFollow: false, stdout: options.stdout, stderr: options.stderr, signal: left.signal }
      for await (const { stream, data } of engine.launcher.logs.read(id, query)) yield { stream, data }
    }
    if (live === undefined) return
    for (let next = await first!; !next.done; next = await live.next()) {
      if (wanted(next.value.stream)) yield next.value
    }
  }

  return {
    isTty: process.isTty,
    output: output(),
    input: hasInput ? stdinOf(engine, id, process.isStdinOnce && !process.isTty, left) : undefined,
    detachKeys,
    detached: () => publishContainerEvent(engine, container, 'detach'),
    close: () => left.abort(),
  }
}

/** A run that begins has an end of its own to wait for, which may be read long after `--rm` has taken the container away. */
async function withoutRun({ lives }: Pick<Engine, 'lives'>, id: string, left: AbortSignal): Promise<boolean> {
  const isOutcome = ({ move }: Transition): boolean => ['start', 'fail', 'gone'].includes(move)
  const transition = await lives.of(id).next(isOutcome, left)
  return transition?.to !== 'running'
}

/**
 * The container's standard input from its start on. With StdinOnce, and not on a terminal, it ends with the client that had
 * it; otherwise others may write more, and who has no more to say leaves, as with dockerd.
 */
function stdinOf(engine: Engine, id: string, isOnce: boolean, left: AbortController): Writable {
  const whenRunning = async (): Promise<Stdin | undefined> => {
    const container = engine.store.containers.get(id)
    if (container !== undefined && !isRunning(container)) {
      if (await withoutRun(engine, id, left.signal)) return undefined
    }
    return engine.launcher.tasks.stdin(id)
  }
  // Asked for here, so that the start is not missed before the first byte.
  const stdin = whenRunning()
  return processInput({
    open: async () => (await stdin)?.stream,
    end: async () => {
      if (isOnce) await (await stdin)?.end()
      else left.abort()
    },
  })
}

/** Starting a container with our terminal joined to it: what `run` and `start -a` have in common. */
import type { Client } from '../../../api/client/client.ts'
import type { AttachOptions } from '../../../api/client/containers.ts'
import type { Context } from '../../context.ts'
import { CommandError, sentence } from '../../errors.ts'
import { joinTerminal } from '../../terminal/session.ts'
import { forwardSignals } from '../../terminal/signals.ts'

export interface AttachedStart {
  streams: Required<Pick<AttachOptions, 'stdin' | 'stdout' | 'stderr'>>
  isTty: boolean
  /** The container removes itself when it has ended: wait for that. */
  isAutoRemove: boolean
}

/** Resolves with the container's exit code; 0 when the user detached. */
export async function startAttached(
  client: Client,
  context: Context,
  id: string,
  { streams, isTty, isAutoRemove }: AttachedStart,
): Promise<number> {
  const { containers } = client
  // Both before the start, so that neither the first byte nor a quick end is missed.
  const connection = await containers.attach(id, streams)
  // An answer that nobody waits for any more would keep our process alive.
  const leaving = new AbortController()
  const wait = containers.wait(id, { condition: isAutoRemove ? 'removed' : 'next-exit', signal: leaving.signal })
  await wait.started
  const stopForwarding = forwardSignals(context, (signal) => containers.kill(id, { signal }))
  try {
    await containers.start(id).catch((error: unknown) => {
      connection.destroy()
      throw startError(error)
    })
    const outcome = await joinTerminal(connection, context, {
      isTty,
      hasInput: streams.stdin,
      resize: (size) => containers.resize(id, size),
    })
    if (outcome === 'detached') return 0
    const { StatusCode, Error: failure } = await wait.ended
    if (failure?.Message) throw new CommandError(failure.Message, 125)
    return StatusCode
  } finally {
    stopForwarding()
    leaving.abort()
  }
}

/** As docker run has it: 127 for a command that is not there, 126 for one that cannot be invoked, else 125. */
export function startError(error: unknown): CommandError {
  const message = sentence(error)
  const code = /executable file not found|no such file or directory/.test(message)
    ? 127
    : /permission denied|is a directory/.test(message)
      ? 126
      : 125
  return new CommandError(message, code)
}

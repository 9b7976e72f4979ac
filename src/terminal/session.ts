/** Our terminal and a process's streams, joined until one of them ends. */
import type { Duplex } from 'node:stream'
import type { Context } from '../context.ts'
import { UsageError } from '../errors.ts'
import { DetachKeys } from './detach-keys.ts'
import { copyOutput } from './output.ts'

export interface SessionOptions {
  isTty: boolean
  hasInput: boolean
  /** Tells the process how large our terminal is. */
  resize: (size: { rows: number; columns: number }) => Promise<void>
}

/** With input and a tty, our own input must be a terminal: whoever reads a prompt must be able to answer it. */
export function refuseWithoutTerminal(
  context: Context,
  { isTty, hasInput }: Pick<SessionOptions, 'isTty' | 'hasInput'>,
): void {
  if (isTty && hasInput && !context.stdin.isTTY) throw new UsageError('the input device is not a TTY')
}

/** Resolves with `detached` after Ctrl-P Ctrl-Q, else once all output has been written. The terminal is as before, whatever happens. */
export async function joinTerminal(
  connection: Duplex,
  context: Context,
  options: SessionOptions,
): Promise<'ended' | 'detached'> {
  const restore: (() => void)[] = []
  const { promise: detached, resolve: detach } = Promise.withResolvers<'detached'>()
  try {
    if (options.isTty) restore.push(followSize(context, options))
    if (options.hasInput) restore.push(feedInput(connection, context, options, () => detach('detached')))
    return await Promise.race([copyOutput(connection, options.isTty, context).then(() => 'ended' as const), detached])
  } finally {
    for (const undo of restore.toReversed()) undo()
    connection.destroy()
  }
}

function followSize({ stdout }: Context, { resize }: SessionOptions): () => void {
  // A process that has just ended cannot be resized, and need not be.
  const tell = () => void resize({ rows: stdout.rows, columns: stdout.columns }).catch(() => {})
  if (!stdout.isTTY) return () => {}
  tell()
  stdout.on('resize', tell)
  return () => stdout.off('resize', tell)
}

function feedInput(connection: Duplex, { stdin }: Context, { isTty }: SessionOptions, detach: () => void): () => void {
  const keys = isTty ? new DetachKeys() : undefined
  const isRaw = isTty && stdin.isTTY
  const onData = (chunk: Buffer) => {
    const { data, isDetached } = keys?.push(chunk) ?? { data: chunk, isDetached: false }
    if (data.length > 0 && !connection.write(data)) {
      stdin.pause()
      connection.once('drain', () => stdin.resume())
    }
    if (isDetached) detach()
  }
  // Half of the connection: what the process still has to say goes on coming.
  const onEnd = () => void connection.end()
  // A process that has closed its input is none of our business: its output tells how it ends.
  connection.on('error', () => {})
  if (isRaw) stdin.setRawMode(true)
  stdin.on('data', onData).once('end', onEnd)
  return () => {
    stdin.off('data', onData).off('end', onEnd)
    if (isRaw) stdin.setRawMode(false)
    stdin.pause()
    // Someone may hold the other end of our input open for ever.
    stdin.unref?.()
  }
}

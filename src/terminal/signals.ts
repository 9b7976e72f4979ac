import type { Context } from '../context.ts'

/** What docker's sig-proxy passes on that has a meaning for a container; SIGKILL and SIGSTOP cannot be caught, the rest is ours. */
const forwarded: NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGCONT',
]

/** Until the returned function is called, signals to us go to the container instead. */
export function forwardSignals(context: Context, kill: (signal: NodeJS.Signals) => Promise<void>): () => void {
  // The container may have ended just now; then so do we.
  const undo = forwarded.map((signal) => context.onSignal(signal, () => void kill(signal).catch(() => {})))
  return () => {
    for (const off of undo) off()
  }
}

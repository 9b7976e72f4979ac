import { once } from 'node:events'
import { readOutput } from '../../api/client/frames.ts'
import type { Context } from '../context.ts'

/** A container's output to ours, as fast as ours is read and no faster. */
export async function copyOutput(
  source: AsyncIterable<Buffer>,
  isTty: boolean,
  context: Pick<Context, 'stdout' | 'stderr'>,
): Promise<void> {
  for await (const { stream, data } of readOutput(source, isTty)) {
    const target = stream === 'stderr' ? context.stderr : context.stdout
    if (!target.write(data)) await once(target, 'drain')
  }
}

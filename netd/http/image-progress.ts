/** What adding images tells, as Docker's JSON messages: https://pkg.go.dev/github.com/docker/docker/pkg/jsonmessage */
import type { ImageProgress } from '../containerd/launcher.ts'

export interface JsonMessage {
  stream?: string
  status?: string
  id?: string
  progressDetail?: { current?: number; total?: number }
}

function layerLine({ diffId, doneBytes, totalBytes }: ImageProgress & { step: 'layer' }): JsonMessage {
  return {
    status: 'Loading layer',
    id: diffId.slice('sha256:'.length).slice(0, 12),
    progressDetail: { current: doneBytes, total: totalBytes },
  }
}

export async function* loadLines(
  all: AsyncIterable<ImageProgress>,
  { isQuiet }: { isQuiet: boolean },
): AsyncGenerator<JsonMessage> {
  for await (const progress of all) {
    if (progress.step === 'layer') {
      if (!isQuiet) yield layerLine(progress)
    } else if (progress.names.length === 0) yield { stream: `Loaded image ID: ${progress.id}\n` }
    else for (const name of progress.names) yield { stream: `Loaded image: ${name}\n` }
  }
}

export async function* importLines(all: AsyncIterable<ImageProgress>): AsyncGenerator<JsonMessage> {
  for await (const progress of all) if (progress.step === 'image') yield { status: progress.id }
}

export async function* pullLines(all: AsyncIterable<ImageProgress>, reference: string): AsyncGenerator<JsonMessage> {
  let isNew = false
  for await (const progress of all) {
    if (progress.step === 'layer') yield layerLine(progress)
    else isNew = true
  }
  yield { status: `Status: ${isNew ? 'Downloaded newer image' : 'Image is up to date'} for ${reference}` }
}

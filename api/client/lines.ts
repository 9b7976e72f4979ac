/** Streams of text: JSON values one per line (events, progress), and server-sent events. */
import { StringDecoder } from 'node:string_decoder'

/** Without their line ends (`\n` or `\r\n`); the last one may lack it. */
export async function* readLines(source: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of source) {
    rest += decoder.write(chunk)
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line
  }
  rest += decoder.end()
  if (rest !== '') yield rest
}

export async function* readJsonLines<Value>(source: AsyncIterable<Buffer>): AsyncGenerator<Value> {
  for await (const line of readLines(source)) if (line.trim() !== '') yield JSON.parse(line) as Value
}

export interface ServerSentEvent {
  /** `message` unless the server names it. */
  event: string
  data: string
  id?: string
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation; an event without data is none. */
export async function* readServerSentEvents(source: AsyncIterable<Buffer>): AsyncGenerator<ServerSentEvent> {
  let event = 'message'
  let data: string[] = []
  let id: string | undefined
  for await (const line of readLines(source)) {
    if (line === '') {
      if (data.length > 0) yield { event, data: data.join('\n'), ...(id === undefined ? {} : { id }) }
      event = 'message'
      data = []
      continue
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?)?(.*)$/s.exec(line) ?? []
    if (field === 'event') event = value
    else if (field === 'data') data.push(value)
    else if (field === 'id') id = value
  }
}

/** Results for people. */
import { styleText } from 'node:util'
import type { Task } from '../model/topology.ts'
import type { TaskResult } from './evaluate.ts'
import { sentenceOf } from './words.ts'

export interface ReportOptions {
  /** Colours only where it is a terminal that wants them. */
  stream: NodeJS.WriteStream
  /** How many hints to show for the first task that is not done. */
  hints: number
}

export function report(tasks: Task[], results: TaskResult[], { stream, hints }: ReportOptions): string {
  const next = results.findIndex(({ isDone }) => !isDone)
  const lines = results.flatMap((result, at) => {
    const task = tasks[at]!
    const lines = [`${mark(result.isDone, stream)} ${result.name}`]
    for (const sentence of result.checks.map(sentenceOf)) if (sentence !== undefined) lines.push(`    ${sentence}`)
    if (at === next) lines.push(...guidance(task, hints, stream))
    return lines
  })
  const done = results.filter(({ isDone }) => isDone).length
  return `${[...lines, '', done === results.length ? `all ${results.length} tasks are done` : `${done} of ${results.length} tasks are done`].join('\n')}\n`
}

export function mark(isDone: boolean, stream: NodeJS.WriteStream): string {
  return isDone ? styleText('green', '✓', { stream }) : styleText('red', '✗', { stream })
}

function guidance({ story, hints }: Task, wanted: number, stream: NodeJS.WriteStream): string[] {
  const quiet = (line: string) => `    ${styleText('dim', line, { stream })}`
  const told = story === undefined ? [] : story.trim().split('\n').map(quiet)
  const shown = hints.slice(0, wanted).flatMap((hint, at) =>
    hint
      .trim()
      .split('\n')
      .map((line, row) => `    ${row === 0 ? `hint ${at + 1} of ${hints.length}: ` : '  '}${line}`),
  )
  const more = wanted < hints.length ? [quiet(`for a hint: --hint${wanted === 0 ? '' : ` ${wanted + 1}`}`)] : []
  return [...told, ...shown, ...more]
}

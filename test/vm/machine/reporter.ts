/** Tells of each test when it begins and when it ends, so that one that hangs has a name outside. */
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { line, type Told } from './told.ts'

const tell = (told: Told): void => void process.stdout.write(line(told))
const nameOf = ({ module, fullName }: TestCase): string => `${module.relativeModuleId} > ${fullName}`
const textOf = (error: { message?: string; diff?: string; stack?: string }): string =>
  [error.stack ?? error.message, error.diff].filter(Boolean).join('\n')

export default class implements Reporter {
  onTestCaseReady(test: TestCase): void {
    tell({ tell: 'start', job: nameOf(test) })
  }

  onTestCaseResult(test: TestCase): void {
    const { state, errors } = test.result()
    tell({
      tell: 'end',
      job: nameOf(test),
      state: state === 'pending' ? 'failed' : state,
      seconds: Math.round((test.diagnostic()?.duration ?? 0) / 1000),
      errors: (errors ?? []).map(textOf),
    })
  }

  onUserConsoleLog({ content }: { content: string }): void {
    process.stdout.write(content)
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { message: string }[]): void {
    for (const module of modules) {
      const errors = module.errors()
      if (errors.length > 0)
        tell({ tell: 'broken', where: module.relativeModuleId, errors: errors.map((error) => textOf(error)) })
    }
    if (unhandled.length > 0)
      tell({ tell: 'broken', where: 'outside of any test', errors: unhandled.map((error) => textOf(error)) })
  }
}

import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { Guard } from '../../netd/guard.ts'

function owner(): { guard: Guard; logged: string[]; ended: string[] } {
  const logged: string[] = []
  const ended: string[] = []
  const log = (level: string) => (message: string) => void logged.push(`${level} ${message}`)
  const guard = new Guard({
    what: 'attach to web',
    log: { debug: log('debug'), warn: log('warn'), error: log('error') },
    end: (error) => {
      ended.push(error.message)
      throw new Error('already closed')
    },
  })
  return { guard, logged, ended }
}

it('keeps what a listener throws or rejects with, and what an emitter tells, with the owner, who ends once', async () => {
  const { guard, logged, ended } = owner()
  const emitter = new EventEmitter()
  guard.errorsOf(emitter)
  emitter.on(
    'data',
    guard.listener((text: string) => {
      throw new Error(text)
    }),
  )
  emitter.on(
    'end',
    guard.listener(async () => {
      throw new Error('late')
    }),
  )
  emitter.emit('error', Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
  emitter.emit('error', Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
  emitter.emit('data', 'thrown')
  emitter.emit('end')
  await Promise.resolve()
  expect(ended).toEqual(['reset'])
  // Aloud once a minute, whatever goes on failing.
  expect(logged).toEqual([
    'debug attach to web: reset',
    'error attach to web could not be ended: already closed',
    'warn attach to web: no space left',
    'error attach to web: thrown',
    'debug attach to web: late',
  ])
})

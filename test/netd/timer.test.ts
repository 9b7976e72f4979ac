import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startTimer } from '../../netd/timer.ts'

const dayMs = 86_400_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('sixty days are sixty days', () => {
  const onDue = vi.fn<() => void>()
  startTimer(60 * dayMs, onDue)
  vi.advanceTimersByTime(60 * dayMs - 1)
  expect(onDue).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(onDue).toHaveBeenCalledTimes(1)
  expect(vi.getTimerCount()).toBe(0)
})

test('one that was cancelled is never due, in whichever part of its time', () => {
  const onDue = vi.fn<() => void>()
  const timer = startTimer(60 * dayMs, onDue)
  vi.advanceTimersByTime(30 * dayMs)
  timer.cancel()
  vi.advanceTimersByTime(60 * dayMs)
  expect(onDue).not.toHaveBeenCalled()
})

test('Infinity is never', () => {
  startTimer(Infinity, () => expect.unreachable())
  expect(vi.getTimerCount()).toBe(0)
})

/** A lab comes up, is as it should be, and goes without a trace. */
import { expect } from 'vitest'
import { projectRoot } from '../support/host.ts'
import { job } from './machine/job.ts'

const topology = `${projectRoot}topologies/first-steps.yaml`

job('first-steps: up, checked, down', async (host) => {
  await host.trestle(['lab', 'up', topology])
  expect((await host.trestle(['lab', 'check', topology])).exitCode).toBe(0)
  expect((await host.run(['curl', '-s', 'http://127.0.0.1:8080/'])).stdout).toContain('Hello from web')
  await host.trestle(['lab', 'down', topology])
  expect((await host.docker(['ps', '-aq'])).stdout).toBe('')
})

import type { Client } from '../api/client/client.ts'

/** What the command line lends to a lab command. */
export interface LabContext {
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  environment: Record<string, string | undefined>
  /** The daemon that -H or TRESTLE_HOST names. Loaded when first asked for. */
  client(): Promise<Client>
  /** 0 unless an action sets it. An error that an action throws is printed as one sentence and sets its own `exitCode`, or 1. */
  setExitCode(code: number): void
}

/** An error in what the user wrote: a topology, an argument. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
  readonly exitCode = 2
}

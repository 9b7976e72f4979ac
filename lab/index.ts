/**
 * What the command line mounts: `trestle lab …` and `trestle graph`. Only declarations live here: it is read at every
 * start of every command, so actions import what they need when they run, and types are all that is imported at the top.
 */
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

/** `lab` is an empty group to fill with its verbs; this is called only once one of them, or their help, is asked for. */
export { registerLab } from './register-lab.ts'

/** `graph` is an empty command: arguments, options and action are given to it. */
export { registerGraph } from './register-graph.ts'

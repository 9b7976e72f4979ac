/**
 * What the command line mounts: `trestle lab …` and `trestle graph`. Only declarations live here: it is read at every
 * start of every command, so actions import what they need when they run, and types are all that is imported at the top.
 */
import type { Command } from 'commander'
import type { Client } from '../api/client/client.ts'

/** What the command line lends to a lab command. */
export interface LabContext {
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  environment: Record<string, string | undefined>
  /** The daemon that -H or TRESTLE_HOST names. Loaded when first asked for. */
  client(): Promise<Client>
  /** Unless an action sets it, 0; errors that an action throws are printed as one sentence and set 1 (UsageError: 2). */
  setExitCode(code: number): void
}

/** An error in what the user wrote (a topology, a flag): exit code 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}

/** `lab` is an empty group to fill with its verbs; this is called only once one of them, or their help, is asked for. */
export function registerLab(lab: Command, context: LabContext): void {
  void lab
  void context
}

/** `graph` is an empty command: arguments, options and action are to be given. */
export function registerGraph(graph: Command, context: LabContext): void {
  void graph
  void context
}

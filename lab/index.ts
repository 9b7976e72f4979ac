/**
 * What the command line mounts: `trestle lab …` and `trestle graph`. Only declarations are behind this door: it is read
 * at every start of either, so actions import what they need when they run.
 */
export type { LabContext } from './context.ts'

/** `lab` is an empty group to fill with its verbs; this is called only once one of them, or their help, is asked for. */
export { registerLab } from './register-lab.ts'

/** `graph` is an empty command: arguments, options and action are given to it. */
export { registerGraph } from './register-graph.ts'

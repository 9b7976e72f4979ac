/**
 * Every place where netd's answer differs from stock dockerd's (20.10, API 1.41), each with its reason. A difference
 * that is not here fails the test, and so does an entry that no longer occurs.
 */
export interface AcceptedDifference {
  /** Names of the steps, or all of them. */
  steps: string[] | 'any'
  /** As the test prints it: `place: ours / theirs`. */
  difference: RegExp
  reason: string
}

export const accepted: AcceptedDifference[] = []

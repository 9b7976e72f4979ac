/** How a damaged database is told from other failures: result codes of https://www.sqlite.org/rescode.html. */

export class DamagedDatabase extends Error {
  override readonly name = 'DamagedDatabase'
}

const corrupt = 11
const notADatabase = 26
const full = 13
const ioError = 10

/** The primary code is the low byte of an extended one. */
function primaryCode(error: unknown): number {
  return ((error as { errcode?: number }).errcode ?? 0) & 0xff
}

export function isDamage(error: unknown): boolean {
  return error instanceof DamagedDatabase || [corrupt, notADatabase].includes(primaryCode(error))
}

/** The disk is full, or does not take what is written to it. */
export function isUnwritable(error: unknown): boolean {
  return [full, ioError].includes(primaryCode(error))
}

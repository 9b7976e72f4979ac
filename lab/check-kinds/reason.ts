/** One sentence per code, from that code's values: another language is another such table. */
export type Words = Record<string, (values: never) => string>

/** Why a check is not true, as data. */
export type Reason<W extends Words> = {
  [Code in keyof W & string]: { code: Code; values: Parameters<W[Code]>[0] }
}[keyof W & string]

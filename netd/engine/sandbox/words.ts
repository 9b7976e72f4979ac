/** hosts(5) and resolv.conf(5) are lines of words: one with a blank in it would be two, one with a line feed an entry of its own. */
export function isWord(text: string): boolean {
  return text !== '' && !/[\s\p{Cc}]/u.test(text)
}

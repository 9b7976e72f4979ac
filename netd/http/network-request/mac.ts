/** Lower case with colons; undefined for what no interface can have: malformed, a group address, all zero. */
export function parseMac(text: string): string | undefined {
  const mac = text.toLowerCase().replaceAll('-', ':')
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) || mac === '00:00:00:00:00:00') return undefined
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1 ? undefined : mac
}

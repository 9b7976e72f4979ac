/** The part of ip6addr that ./address.ts uses; the package has no types of its own. */
declare module 'ip6addr' {
  interface Addr {
    toString(options?: { format?: 'auto' | 'v4' | 'v6'; zeroElide?: boolean; zeroPad?: boolean }): string
    /** Null past either end of the family's address space; at most 2^32 - 1 either way. */
    offset(by: number): Addr | null
    compare(other: Addr | string): -1 | 0 | 1
  }
  interface Cidr {
    contains(address: Addr | string): boolean
    /** The network address itself. */
    address(): Addr
    broadcast(): Addr
    /** The highest address; for IPv4 the one before the broadcast address. */
    last(): Addr
    prefixLength(): number
  }
  const ip6addr: {
    parse(text: string): Addr
    compare(one: Addr | string, other: Addr | string): -1 | 0 | 1
    createCIDR(text: string): Cidr
  }
  export default ip6addr
}

/** An index: the keys of records by the groups they are in, so that who asks for a group looks at no other record. */
export class Groups<Value> {
  readonly #groupsOf: (value: Value) => string[]
  readonly #keys = new Map<string, Set<string>>()
  /** What `groupsOf` said last of each, since a record is changed in place. */
  readonly #memberships = new Map<string, string[]>()

  constructor(groupsOf: (value: Value) => string[]) {
    this.#groupsOf = groupsOf
  }

  put(key: string, value: Value): void {
    this.delete(key)
    const groups = this.#groupsOf(value)
    this.#memberships.set(key, groups)
    for (const group of groups) {
      const keys = this.#keys.get(group)
      if (keys === undefined) this.#keys.set(group, new Set([key]))
      else keys.add(key)
    }
  }

  delete(key: string): void {
    for (const group of this.#memberships.get(key) ?? []) {
      const keys = this.#keys.get(group)!
      keys.delete(key)
      if (keys.size === 0) this.#keys.delete(group)
    }
    this.#memberships.delete(key)
  }

  keysOf(group: string): string[] {
    return [...(this.#keys.get(group) ?? [])]
  }
}

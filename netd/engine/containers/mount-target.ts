/** Throws what `refuse` makes of Docker's reason. */
export function checkTarget(target: string, refuse: (why: string) => Error): void {
  if (target === '') throw refuse('field Target must not be empty')
  if (!target.startsWith('/')) throw refuse(`invalid mount path: '${target}' mount path must be absolute`)
  if (cleanPath(target) === '/') throw refuse("invalid specification: destination can't be '/'")
}

/** Without doubled slashes, `.`, `..` and a slash at the end. */
export function cleanPath(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

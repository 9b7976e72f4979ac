/** V8's code cache on disk, so that the second start does not compile what the first did. */

/**
 * Whoever can write the cache can run code as us, so it lies where the program itself lies, or, when that is not ours
 * to write, in the user's own cache; never in a shared directory such as Node's default under /tmp, and never, for
 * root, in a home that another user owns (sudo keeps HOME).
 */
export function enableCompileCache(): void {
  const { enableCompileCache } = process.getBuiltinModule('node:module')
  const {
    accessSync,
    constants: { W_OK },
  } = process.getBuiltinModule('node:fs')
  const installation = import.meta.dirname
  // Run from the sources there is little to gain, and the checkout stays clean.
  if (!installation.endsWith('/dist')) return
  try {
    accessSync(installation, W_OK)
    enableCompileCache(`${installation}/.cache`)
  } catch {
    const { HOME, XDG_CACHE_HOME } = process.env
    const home = XDG_CACHE_HOME ?? (HOME === undefined ? undefined : `${HOME}/.cache`)
    if (process.geteuid?.() !== 0 && home !== undefined) enableCompileCache(`${home}/trestle`)
  }
}

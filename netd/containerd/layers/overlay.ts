import type { Mount } from '../api/types.ts'

/** The folders that an overlay mount lays over each other, uppermost first; an image without layers above is one bind mount. */
export function layerRoots(mounts: readonly Mount[]): string[] {
  return mounts.flatMap(({ type, source, options }) => {
    if (type !== 'overlay') return [source]
    const value = (name: string): string | undefined =>
      options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1)
    return [value('upperdir'), ...(value('lowerdir')?.split(':') ?? [])].filter((root) => root !== undefined)
  })
}

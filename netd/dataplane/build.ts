/** Put in by scripts/build.ts: the digest of the data plane's bundle. */
declare const dataPlaneDigest: string

/** Tells one data plane's program from another; run from the sources they are all alike. */
export const build = typeof dataPlaneDigest === 'undefined' ? 'sources' : dataPlaneDigest

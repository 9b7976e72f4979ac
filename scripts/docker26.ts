/** Makes the root that Docker 26 runs in, for the tests that compare with it, unless it is there; `setup.sh test` calls it. */
import { cached } from '../test/support/cache.ts'
import { MissingError } from '../test/support/debian-root.ts'
import { docker26, docker26Root } from '../test/support/docker26.ts'

if ((await docker26Root()) === undefined) {
  console.log('setup: making a Debian 13 root with Docker 26, once; this takes two minutes')
  try {
    await cached(docker26)
  } catch (error) {
    if (!(error instanceof MissingError)) throw error
    console.log(`setup: ${error.message}; the tests compare with this machine's own Docker`)
  }
}

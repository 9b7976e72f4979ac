/** Properties draw from one seed, so that a failure comes again; `npm test` prints it. */
import { configureGlobal } from 'fast-check'

configureGlobal({ seed: Number(process.env.TRESTLE_SEED ?? 20260101) })

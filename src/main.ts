/** `trestle`: the composition root of the command line. What is imported here is paid for at every start. */
import { enableCompileCache } from './compile-cache.ts'

enableCompileCache()
const { main } = await import('./program.ts')
await main(process)

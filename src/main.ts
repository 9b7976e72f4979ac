/** `trestle` starts here, with as little as can be: what is imported at the top is compiled before the cache is on. */
import { enableCompileCache } from './compile-cache.ts'

enableCompileCache()
void import('./program.ts').then(({ main }) => main(process))

/** AppArmor of this machine: https://docs.kernel.org/admin-guide/LSM/apparmor.html */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { existsSync, readFileSync } from 'node:fs'
import { errors } from '../../../api/errors.ts'
import type { AppArmor, Log } from '../launcher.ts'
import { abiFile, defaultProfile, defaultProfileName } from './profile.ts'

const unconfined = 'unconfined'
/** Of a profile, behind its name, in what the kernel says. */
const mode = / \(\w+\)$/

/** Where the kernel, and the package apparmor, have things; and how long its parser may take, which is a second on a slow machine. */
export const machine = {
  parameter: '/sys/module/apparmor/parameters/enabled',
  securityfs: '/sys/kernel/security/apparmor',
  parsers: ['/sbin', '/usr/sbin', '/usr/bin'].map((folder) => `${folder}/apparmor_parser`),
  abiFile,
  proc: '/proc',
  parserLimitMs: 60_000,
}

export class KernelAppArmor implements AppArmor {
  readonly #paths: typeof machine
  readonly #log: Log
  #loading: Promise<void> | undefined
  #isTextLoaded = false

  constructor(log: Log, paths = machine) {
    this.#log = log
    this.#paths = paths
  }

  isEnabled(): boolean {
    return this.#absence() === undefined
  }

  shortcoming(): string | undefined {
    const absence = this.#absence()
    if (absence !== undefined) return absence
    if (this.#parser() !== undefined || this.#isLoaded(defaultProfileName)) return undefined
    return `${defaultProfileName} is loaded with apparmor_parser, which is not installed (Debian: apt install apparmor)`
  }

  mustHave(profile: string): void {
    if (profile === unconfined) return
    const why = profile === defaultProfileName ? this.shortcoming() : (this.#absence() ?? this.#notLoaded(profile))
    if (why !== undefined)
      throw errors.invalidParameter(`--security-opt apparmor=${profile}: the profile cannot be applied: ${why}`)
  }

  async prepare(asked: string | undefined): Promise<string | undefined> {
    if (asked !== undefined) this.mustHave(asked)
    if (!this.isEnabled()) return undefined
    if (asked !== undefined && asked !== defaultProfileName) return asked
    if (this.shortcoming() !== undefined) return unconfined
    // A service that is restarted may unload what others have loaded; and the text may be that of a netd before.
    if (!this.#isTextLoaded || !this.#isLoaded(defaultProfileName))
      await (this.#loading ??= this.#load().finally(() => (this.#loading = undefined)))
    return defaultProfileName
  }

  profileOf(pid: number): string | undefined {
    if (!this.isEnabled()) return undefined
    // The second is that of the first security module that has one, and before Linux 5.8 the only one.
    for (const file of ['apparmor/current', 'current']) {
      try {
        // `NAME (MODE)`, or `unconfined`.
        return readFileSync(`${this.#paths.proc}/${pid}/attr/${file}`, 'utf8').trim().replace(mode, '')
      } catch {
        // The other one, or none.
      }
    }
    return undefined
  }

  #absence(): string | undefined {
    const { parameter, securityfs } = this.#paths
    if (!existsSync(parameter)) return 'the kernel has no AppArmor (CONFIG_SECURITY_APPARMOR)'
    if (!readFileSync(parameter, 'utf8').startsWith('Y'))
      return 'AppArmor is switched off (boot with apparmor=1 security=apparmor)'
    return existsSync(securityfs) ? undefined : `securityfs is not mounted: there is no ${securityfs}`
  }

  #parser(): string | undefined {
    return this.#paths.parsers.find((path) => existsSync(path))
  }

  /** Its `profiles` has a line of `NAME (MODE)` for each. */
  #isLoaded(profile: string): boolean {
    return readFileSync(`${this.#paths.securityfs}/profiles`, 'utf8')
      .split('\n')
      .some((line) => line.replace(mode, '') === profile)
  }

  #notLoaded(profile: string): string | undefined {
    return this.#isLoaded(profile) ? undefined : 'it is not loaded (apparmor_parser -r FILE loads one)'
  }

  /** What the kernel takes is compiled, and the one compiler is apparmor_parser(8). */
  async #load(): Promise<void> {
    const parser = this.#parser()
    // An administrator has loaded one of that name.
    if (parser === undefined) return
    const daemon = this.profileOf(process.pid)
    const profile = defaultProfile({
      hasAbi: existsSync(this.#paths.abiFile),
      ...(daemon !== undefined && daemon !== unconfined && { daemon }),
    })
    const { promise: ended, resolve, reject } = Promise.withResolvers<string | undefined>()
    const child = spawn(parser, ['--replace', '--skip-cache'], {
      stdio: ['pipe', 'ignore', 'pipe'],
      cwd: '/',
      timeout: this.#paths.parserLimitMs,
      killSignal: 'SIGKILL',
    })
    child.once('error', reject)
    child.once('close', (code: number | null, signal: NodeJS.Signals | null) => {
      if (code === 0) resolve(undefined)
      else resolve(signal === null ? `exit code ${code}` : `${signal} after at most ${this.#paths.parserLimitMs} ms`)
    })
    // One that ends before it has read says why on the other stream.
    child.stdin.on('error', () => {})
    child.stdin.end(profile)
    const [complaint, failure] = await Promise.all([text(child.stderr), ended]).catch((error: Error) => {
      throw errors.internal(`the AppArmor profile ${defaultProfileName} could not be loaded: ${error.message}`)
    })
    if (failure !== undefined)
      throw errors.internal(
        `the AppArmor profile ${defaultProfileName} could not be loaded: ${parser}: ${complaint.trim().split('\n').at(-1) || failure}`,
      )
    this.#isTextLoaded = true
    this.#log.debug('loaded the AppArmor profile of containers', { profile: defaultProfileName })
  }
}

/** `--security-opt`. Throws 400 in Docker's words for what it does not know. */
import { errors } from '../../../api/errors.ts'
import { parseProfile, type Profile } from './seccomp.ts'
import { defaultProfile } from './seccomp-profile.ts'

export interface Security {
  isNoNewPrivileges: boolean
  /** Undefined: unconfined. */
  seccomp: Profile | undefined
  apparmorProfile?: string
}

export function securityOf(options: readonly string[], isPrivileged: boolean): Security {
  const security: Security = { isNoNewPrivileges: false, seccomp: isPrivileged ? undefined : defaultProfile }
  for (const option of options) {
    const [, key = option, value] = /^([^=:]+)[=:]([\s\S]*)$/.exec(option) ?? []
    if (key === 'no-new-privileges') security.isNoNewPrivileges = value === undefined || isTrue(option, value)
    else if (value === undefined) throw errors.invalidParameter(`invalid --security-opt 1: ${JSON.stringify(option)}`)
    else if (key === 'seccomp')
      security.seccomp = value === 'unconfined' ? undefined : value === 'builtin' ? defaultProfile : parseProfile(value)
    else if (key === 'apparmor') {
      if (value !== 'unconfined') security.apparmorProfile = value
    } else if (key === 'systempaths' && value === 'unconfined') continue
    else if (key === 'label' && value === 'disable') continue
    else throw errors.invalidParameter(`invalid --security-opt 2: ${JSON.stringify(option)}`)
  }
  return security
}

function isTrue(option: string, value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true
  if (/^(0|f|false)$/i.test(value)) return false
  throw errors.invalidParameter(`invalid --security-opt 2: ${JSON.stringify(option)}`)
}

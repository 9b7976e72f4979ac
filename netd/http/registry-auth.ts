import { z } from 'zod'
import type { Credentials } from '../engine/images/pull-source.ts'

const text = z.string().default('')
const authConfig = z.object({ username: text, password: text, identitytoken: text })

/** `X-Registry-Auth`: JSON in base64url. One that cannot be read counts as none, as dockerd has it. */
export function registryAuth(header: string | string[] | undefined): Credentials | undefined {
  try {
    const { username, password, identitytoken } = authConfig.parse(
      JSON.parse(Buffer.from(String(header), 'base64url').toString()),
    )
    return { username, password, identityToken: identitytoken }
  } catch {
    return undefined
  }
}

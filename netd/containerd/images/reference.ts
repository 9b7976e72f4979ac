/**
 * Image references as Docker reads them: `web` is `docker.io/library/web:latest`.
 * The grammar is that of https://pkg.go.dev/github.com/distribution/reference.
 */
import { errors } from '../../../api/errors.ts'

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const domainComponent = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const domain = `(?:${domainComponent}(?:\\.${domainComponent})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`
const grammar = new RegExp(
  `^(?:(?<domain>${domain})/)?(?<path>${component}(?:/${component})*)(?::(?<tag>[\\w][\\w.-]{0,127}))?(?:@(?<digest>sha256:[a-f0-9]{64}))?$`,
)
const nameLimit = 255

export interface Reference {
  /** `docker.io/library/web` */
  name: string
  tag?: string
  digest?: string
}

/** Throws 400 `invalid reference format`. */
export function parseReference(text: string): Reference {
  const invalid = (reason = '') => errors.invalidParameter(`invalid reference format${reason}`)
  if (/^[a-f0-9]{64}$/.test(text))
    throw errors.invalidParameter(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`)
  const slash = text.indexOf('/')
  const first = text.slice(0, slash)
  const hasDomain =
    slash > 0 && (first.includes('.') || first.includes(':') || first === 'localhost' || first.toLowerCase() !== first)
  const qualified = hasDomain ? text : `docker.io/${slash < 0 ? 'library/' : ''}${text}`
  const groups = grammar.exec(qualified)?.groups
  if (groups?.['domain'] === undefined || groups['path'] === undefined) {
    const [repository = ''] = qualified.slice(qualified.indexOf('/') + 1).split(/[:@]/)
    throw invalid(repository === repository.toLowerCase() ? '' : `: repository name (${repository}) must be lowercase`)
  }
  const isHub = groups['domain'] === 'docker.io' || groups['domain'] === 'index.docker.io'
  const path = isHub && !groups['path'].includes('/') ? `library/${groups['path']}` : groups['path']
  const name = `${isHub ? 'docker.io' : groups['domain']}/${path}`
  if (name.length > nameLimit) throw invalid(`: repository name must not be more than ${nameLimit} characters`)
  return { name, ...(groups['tag'] && { tag: groups['tag'] }), ...(groups['digest'] && { digest: groups['digest'] }) }
}

/** The name of the image record: with a tag, or with a digest. */
export function canonical(text: string): string {
  const { name, tag, digest } = parseReference(text)
  return digest === undefined ? `${name}:${tag ?? 'latest'}` : `${name}@${digest}`
}

/** As people see it: `web:latest`. */
export function familiar(canonicalName: string): string {
  return canonicalName.replace(/^docker\.io\/(?:library\/)?/, '')
}

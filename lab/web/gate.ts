/**
 * Who may see the page: whoever brings the token of the printed URL, once, and from then on the cookie that was given
 * for it. Loopback is open to every user of the machine, and to every web page that the user visits.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export type Verdict =
  { kind: 'pass' } | { kind: 'welcome'; cookie: string } | { kind: 'redirect' } | { kind: 'refuse'; sentence: string }

const secret = (): string => randomBytes(32).toString('base64url')

/** In the same time whatever the lengths and wherever they differ. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

export class Gate {
  readonly #cookie = secret()
  readonly #port: number
  #token: string | undefined = secret()

  constructor(port: number) {
    this.#port = port
  }

  /** Good for one visit. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}/?token=${this.#token ?? ''}`
  }

  /** Cookies are shared by all ports of an address: the port in the name keeps two pages apart. */
  get #cookieName(): string {
    return `trestle-graph-${this.#port}`
  }

  judge(request: IncomingMessage, url: URL): Verdict {
    // DNS rebinding: a page of evil.example, whose name now means 127.0.0.1, comes with its own name as host.
    if (![`127.0.0.1:${this.#port}`, `localhost:${this.#port}`].includes(request.headers.host ?? '')) {
      return { kind: 'refuse', sentence: `This page answers only to http://127.0.0.1:${this.#port}.` }
    }
    const token = url.searchParams.get('token')
    if (this.#hasCookie(request)) return token === null ? { kind: 'pass' } : { kind: 'redirect' }
    if (token === null)
      return {
        kind: 'refuse',
        sentence: 'Open the URL that `trestle graph` printed: it holds a token that lets this browser in.',
      }
    if (this.#token === undefined)
      return { kind: 'refuse', sentence: 'This token has been used; run `trestle graph` again for another one.' }
    // What only looks (a HEAD of a link checker) must not spend it.
    if (request.method !== 'GET' || !isSame(token, this.#token))
      return { kind: 'refuse', sentence: 'This token is not the one that `trestle graph` printed.' }
    this.#token = undefined
    return { kind: 'welcome', cookie: `${this.#cookieName}=${this.#cookie}; Path=/; HttpOnly; SameSite=Strict` }
  }

  #hasCookie({ headers }: IncomingMessage): boolean {
    const cookies = (headers.cookie ?? '').split(';').map((pair) => pair.trim())
    const prefix = `${this.#cookieName}=`
    return cookies.some((pair) => pair.startsWith(prefix) && isSame(pair.slice(prefix.length), this.#cookie))
  }
}

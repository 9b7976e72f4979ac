/** The network `host`: a container has the host's own links. */
import { withoutLinks } from '../without-links.ts'

export const hostDriver = withoutLinks('host', 'host', 'host')

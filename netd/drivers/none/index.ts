/** The network `none`, whose driver dockerd calls `null`: a container has only `lo`. */
import { withoutLinks } from '../without-links.ts'

export const nullDriver = withoutLinks('null', 'none', 'alone')

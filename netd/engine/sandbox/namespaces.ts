/** Where the network namespaces of containers are pinned: one bind mount per running container, named by its id. */
import { join } from 'node:path'
import type { DaemonConfig } from '../../config/config.ts'
import { sandboxesFolder } from '../../config/layout.ts'
import type { Namespace } from '../../kernel/kernel.ts'

/** The path that stands for a container's own namespace wherever the kernel is asked. */
export function sandboxPath(config: Pick<DaemonConfig, 'execRoot'>, containerId: string): Namespace {
  return join(sandboxesFolder(config), containerId)
}

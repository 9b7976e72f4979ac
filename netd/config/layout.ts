/** Where netd keeps what: every path below its two roots is spelled here and nowhere else. */
import type { DaemonConfig } from './config.ts'

type DataRoot = Pick<DaemonConfig, 'dataRoot'>
type ExecRoot = Pick<DaemonConfig, 'execRoot'>
export type Roots = DataRoot & ExecRoot

export const databasePath = ({ dataRoot }: DataRoot): string => `${dataRoot}/netd.db`

/** What ended the daemon by its own fault. */
export const faultsPath = ({ dataRoot }: DataRoot): string => `${dataRoot}/faults.jsonl`

export const containersFolder = ({ dataRoot }: DataRoot): string => `${dataRoot}/containers`

export const volumesFolder = ({ dataRoot }: DataRoot): string => `${dataRoot}/volumes`

/** A container's folder below the data root: its three files under /etc, and its log with a folder for each run. */
export function containerFiles(
  roots: DataRoot,
  id: string,
): Record<'folder' | 'hostname' | 'hosts' | 'resolv.conf' | 'etcHashes' | 'log', string> {
  const folder = `${containersFolder(roots)}/${id}`
  return {
    folder,
    hostname: `${folder}/hostname`,
    hosts: `${folder}/hosts`,
    'resolv.conf': `${folder}/resolv.conf`,
    /** Hashes of what netd wrote last into the three. */
    etcHashes: `${folder}/etc-files.json`,
    log: `${folder}/log`,
  }
}

/**
 * The launcher's exec root: containerd's sockets and bundles, runc's records, FIFOs. None of it can be made again while
 * containers run, and the bundles lead into their file systems. So it is not in /run, which people and programs empty, but a
 * tmpfs of its own, which ends with the machine like /run.
 */
export const runRoot = ({ dataRoot }: DataRoot): string => `${dataRoot}/run`

/** The FIFOs between netd and the shims: a folder for each container, and one in it for each exec that is being started. */
export const ioRoot = ({ execRoot }: ExecRoot): string => `${execRoot}/io`
export const ioFolder = (roots: ExecRoot, id: string): string => `${ioRoot(roots)}/${id}`
export const stdinPath = (roots: ExecRoot, id: string): string => `${ioFolder(roots, id)}/stdin`
export const execIoFolder = (roots: ExecRoot, id: string, execId: string): string => `${ioFolder(roots, id)}/${execId}`

/** Where the network namespaces of containers are pinned: one folder per daemon, so that what stands in it is ours to collect. */
export const sandboxesFolder = ({ execRoot }: ExecRoot): string => `${execRoot}/netns`

/** Where bare namespaces are pinned. */
export const namespacesFolder = ({ execRoot }: ExecRoot): string => `${execRoot}/namespaces`

/** Where an image's layers are laid over each other, in a mount namespace of the copying process. */
export const imageMountPoint = ({ execRoot }: ExecRoot): string => `${execRoot}/image`

/** runc's own state, apart from that of other daemons. */
export const runcRoot = ({ execRoot }: ExecRoot): string => `${execRoot}/runc`

export const defaultSocketPath = ({ execRoot }: ExecRoot): string => `${execRoot}/netd.sock`
export const defaultPidPath = ({ execRoot }: ExecRoot): string => `${execRoot}/netd.pid`

/** The data plane's control socket, its process id, and what it says when it fails. */
export const dataPlaneFiles = ({ execRoot }: ExecRoot): Record<'socket' | 'pid' | 'log', string> => ({
  socket: `${execRoot}/dataplane.sock`,
  pid: `${execRoot}/dataplane.pid`,
  log: `${execRoot}/dataplane.log`,
})

/** Of the port proxy that a netd of before the data plane had. */
export const formerProxySocket = ({ execRoot }: ExecRoot): string => `${execRoot}/proxy.sock`

/** Of the private containerd. */
export function containerdFiles({
  dataRoot,
  execRoot,
}: Roots): Record<'root' | 'log' | 'state' | 'socket' | 'config' | 'pid', string> {
  const root = `${dataRoot}/containerd`
  const state = `${execRoot}/containerd`
  return {
    root,
    log: `${root}/containerd.log`,
    state,
    socket: `${state}/containerd.sock`,
    config: `${state}/config.toml`,
    pid: `${state}/containerd.pid`,
  }
}

/** Where the private containerd keeps the bundles of one of its namespaces: a folder for each container. */
export const bundlesFolder = (roots: Roots, namespace: string): string =>
  `${containerdFiles(roots).state}/io.containerd.runtime.v2.task/${namespace}`

/** The flags of `run`, as the request that creates the container. Pure: files and environment come in as parameters. */
import type { CreateContainerRequest, HostConfig } from '../../api/docker/containers.ts'
import { UsageError } from '../errors.ts'
import { parseVolume, type Mount } from './mounts.ts'
import { containerNetworking, type EndpointFlags, type NetworkAttachment } from './networks.ts'
import { parsePorts } from './ports.ts'

/** As commander collects them; values with a syntax of their own are parsed already, one by one. */
export interface RunFlags extends EndpointFlags {
  addHost?: string[]
  attach?: string[]
  capAdd?: string[]
  capDrop?: string[]
  cgroupParent?: string
  cpuShares?: number
  cpus?: number
  cpusetCpus?: string
  detach?: boolean
  device?: NonNullable<HostConfig['Devices']>
  dns?: string[]
  dnsOption?: string[]
  dnsSearch?: string[]
  domainname?: string
  entrypoint?: string
  env?: string[]
  envFile?: string[]
  expose?: string[]
  groupAdd?: string[]
  hostname?: string
  init?: boolean
  interactive?: boolean
  ipc?: string
  label?: Record<string, string>
  memory?: number
  memorySwap?: number
  mount?: Mount[]
  name?: string
  network?: NetworkAttachment[]
  oomScoreAdj?: number
  pid?: string
  pidsLimit?: number
  privileged?: boolean
  publish?: string[]
  publishAll?: boolean
  readOnly?: boolean
  restart?: { Name: string; MaximumRetryCount: number }
  rm?: boolean
  securityOpt?: string[]
  shmSize?: number
  stopSignal?: string
  stopTimeout?: number
  sysctl?: Record<string, string>
  tmpfs?: Record<string, string>
  tty?: boolean
  ulimit?: NonNullable<HostConfig['Ulimits']>
  user?: string
  volume?: string[]
  volumesFrom?: string[]
  workdir?: string
}

export interface Surroundings {
  /** What the files of --env-file said, in their order. */
  fileVariables: string[]
  workingDirectory: string
}

export function createContainerRequest(
  image: string,
  command: string[],
  flags: RunFlags,
  { fileVariables, workingDirectory }: Surroundings,
): CreateContainerRequest {
  refuseConflicts(flags)
  const { exposed, bindings } = parsePorts(flags.publish ?? [], flags.expose)
  const { networkMode, networkingConfig } = containerNetworking(flags.network ?? [], flags)
  const attached = attachedStreams(flags)
  const volumes = (flags.volume ?? []).map((text) => parseVolume(text, workingDirectory))
  return {
    Image: image,
    Hostname: flags.hostname ?? '',
    Domainname: flags.domainname ?? '',
    User: flags.user ?? '',
    AttachStdin: attached.stdin,
    AttachStdout: attached.stdout,
    AttachStderr: attached.stderr,
    Tty: flags.tty ?? false,
    OpenStdin: flags.interactive ?? false,
    StdinOnce: (flags.interactive ?? false) && attached.stdin,
    // Later ones win, and flags come after files.
    Env: [...fileVariables, ...(flags.env ?? [])],
    ...(command.length > 0 && { Cmd: command }),
    // Docker's way of saying "none, not even the image's": an empty string.
    ...(flags.entrypoint !== undefined && { Entrypoint: [flags.entrypoint] }),
    WorkingDir: flags.workdir ?? '',
    Labels: flags.label ?? {},
    // Beside the endpoint's own: daemons before API 1.44 know it only here.
    ...(flags.macAddress !== undefined && { MacAddress: flags.macAddress }),
    ExposedPorts: exposed,
    Volumes: Object.fromEntries(volumes.flatMap((one) => ('volume' in one ? [[one.volume, {}]] : []))),
    ...(flags.stopSignal !== undefined && { StopSignal: flags.stopSignal }),
    ...(flags.stopTimeout !== undefined && { StopTimeout: flags.stopTimeout }),
    HostConfig: {
      Binds: volumes.flatMap((one) => ('bind' in one ? [one.bind] : [])),
      ...(flags.mount && { Mounts: flags.mount }),
      ...(flags.tmpfs && { Tmpfs: flags.tmpfs }),
      ...(flags.volumesFrom && { VolumesFrom: flags.volumesFrom }),
      NetworkMode: networkMode,
      PortBindings: bindings,
      PublishAllPorts: flags.publishAll ?? false,
      RestartPolicy: flags.restart ?? { Name: 'no', MaximumRetryCount: 0 },
      AutoRemove: flags.rm ?? false,
      CapAdd: flags.capAdd ?? null,
      CapDrop: flags.capDrop ?? null,
      Dns: flags.dns ?? [],
      DnsOptions: flags.dnsOption ?? [],
      DnsSearch: flags.dnsSearch ?? [],
      ExtraHosts: flags.addHost ?? null,
      Links: flags.link ?? null,
      Privileged: flags.privileged ?? false,
      ReadonlyRootfs: flags.readOnly ?? false,
      SecurityOpt: flags.securityOpt ?? null,
      ...(flags.init !== undefined && { Init: flags.init }),
      ...(flags.groupAdd && { GroupAdd: flags.groupAdd }),
      ...(flags.device && { Devices: flags.device }),
      ...(flags.oomScoreAdj !== undefined && { OomScoreAdj: flags.oomScoreAdj }),
      ...(flags.sysctl && { Sysctls: flags.sysctl }),
      ...(flags.ulimit && { Ulimits: flags.ulimit }),
      IpcMode: flags.ipc ?? '',
      PidMode: flags.pid ?? '',
      ShmSize: flags.shmSize ?? 0,
      CgroupParent: flags.cgroupParent ?? '',
      Memory: flags.memory ?? 0,
      MemorySwap: flags.memorySwap ?? 0,
      NanoCpus: flags.cpus ?? 0,
      CpuShares: flags.cpuShares ?? 0,
      CpusetCpus: flags.cpusetCpus ?? '',
      ...(flags.pidsLimit !== undefined && { PidsLimit: flags.pidsLimit }),
    },
    NetworkingConfig: networkingConfig,
  }
}

/** Without -a: output and errors, and input too with -i; nothing of it with -d. */
export function attachedStreams(flags: Pick<RunFlags, 'attach' | 'detach' | 'interactive'>): {
  stdin: boolean
  stdout: boolean
  stderr: boolean
} {
  if (flags.detach === true) return { stdin: false, stdout: false, stderr: false }
  const asked = flags.attach?.map((name) => name.toLowerCase())
  if (asked === undefined) return { stdin: flags.interactive ?? false, stdout: true, stderr: true }
  for (const name of asked) {
    if (!['stdin', 'stdout', 'stderr'].includes(name))
      throw new UsageError(
        `invalid argument "${name}" for "-a, --attach" flag: valid streams are STDIN, STDOUT and STDERR`,
      )
  }
  return { stdin: asked.includes('stdin'), stdout: asked.includes('stdout'), stderr: asked.includes('stderr') }
}

function refuseConflicts(flags: RunFlags): void {
  if (flags.attach !== undefined && flags.detach === true)
    throw new UsageError('conflicting options: cannot specify both --attach and --detach')
  if (flags.rm === true && flags.restart !== undefined && !['', 'no'].includes(flags.restart.Name)) {
    throw new UsageError('conflicting options: cannot specify both --restart and --rm')
  }
}

/** Containers kept Docker's Config and HostConfig as they had come; now what was parsed from them, and what inspect repeats. */
import type { DatabaseSync } from 'node:sqlite'
import { rewrite } from './rewrite.ts'

type Maybe<Type> = Type | null | undefined

interface ConfigOfSchema5 {
  User?: Maybe<string>
  AttachStdin?: Maybe<boolean>
  AttachStdout?: Maybe<boolean>
  AttachStderr?: Maybe<boolean>
  ExposedPorts?: Maybe<Record<string, object>>
  Tty?: Maybe<boolean>
  OpenStdin?: Maybe<boolean>
  StdinOnce?: Maybe<boolean>
  Env?: Maybe<string[]>
  Cmd?: Maybe<string[]>
  Volumes?: Maybe<Record<string, object>>
  WorkingDir?: Maybe<string>
  Entrypoint?: Maybe<string[]>
  Labels?: Maybe<Record<string, string>>
  StopSignal?: Maybe<string>
  StopTimeout?: Maybe<number>
}

interface HostConfigOfSchema5 {
  Tmpfs?: Maybe<Record<string, string>>
  LogConfig?: Maybe<{ Config?: Maybe<Record<string, string>> }>
  NetworkMode?: Maybe<string>
  PublishAllPorts?: Maybe<boolean>
  RestartPolicy?: Maybe<{ Name?: Maybe<string>; MaximumRetryCount?: Maybe<number> }>
  AutoRemove?: Maybe<boolean>
  CapAdd?: Maybe<string[]>
  CapDrop?: Maybe<string[]>
  IpcMode?: Maybe<string>
  PidMode?: Maybe<string>
  Privileged?: Maybe<boolean>
  ReadonlyRootfs?: Maybe<boolean>
  SecurityOpt?: Maybe<string[]>
  Sysctls?: Maybe<Record<string, string>>
  Init?: Maybe<boolean>
  GroupAdd?: Maybe<string[]>
  OomScoreAdj?: Maybe<number>
  Devices?: Maybe<{ PathOnHost: string; PathInContainer?: Maybe<string>; CgroupPermissions?: Maybe<string> }[]>
  DeviceCgroupRules?: Maybe<string[]>
  ShmSize?: Maybe<number>
  CgroupParent?: Maybe<string>
  ConsoleSize?: Maybe<[number, number]>
  Memory?: Maybe<number>
  MemorySwap?: Maybe<number>
  NanoCpus?: Maybe<number>
  CpuShares?: Maybe<number>
  CpuQuota?: Maybe<number>
  CpuPeriod?: Maybe<number>
  CpusetCpus?: Maybe<string>
  PidsLimit?: Maybe<number>
  Ulimits?: Maybe<{ Name: string; Soft: number; Hard: number }[]>
  MaskedPaths?: Maybe<string[]>
  ReadonlyPaths?: Maybe<string[]>
}

interface ContainerOfSchema5 {
  config: ConfigOfSchema5
  hostConfig: HostConfigOfSchema5
  imageConfig?: object
}

interface SandboxOfSchema5 {
  links: string[]
  extraHosts: string[]
}

export function parseOptions(database: DatabaseSync): void {
  rewrite(database, 'sandboxes', (sandbox: SandboxOfSchema5) => ({
    ...sandbox,
    links: sandbox.links.map((link) => {
      const [target = '', alias = target] = link.split(':')
      return { target, alias: alias.split('/').at(-1) }
    }),
    extraHosts: sandbox.extraHosts.map((entry) => {
      const at = entry.search(/[:=]/)
      return { name: entry.slice(0, at), address: entry.slice(at + 1).replace(/^\[(.*)\]$/, '$1') }
    }),
  }))
  for (const table of ['containers', 'drafts'] as const) rewrite(database, table, parseContainer)
}

/** The configuration of its image had no reader. */
function parseContainer({ config, hostConfig, imageConfig: _imageConfig, ...container }: ContainerOfSchema5): object {
  return {
    ...container,
    options: {
      process: processOf(config, hostConfig),
      network: {
        mode: modeOf(hostConfig.NetworkMode || 'default'),
        exposedPorts: Object.keys(config.ExposedPorts ?? {}).flatMap(portsOf),
        publishesAll: hostConfig.PublishAllPorts ?? false,
      },
      security: securityOf(hostConfig),
      limits: limitsOf(hostConfig),
      labels: config.Labels ?? {},
      volumes: Object.keys(config.Volumes ?? {}),
      tmpfs: Object.entries(hostConfig.Tmpfs ?? {}).map(([target, text]) => tmpfsOf(target, text)),
      restart: restartOf(hostConfig),
      isRemovedAtExit: hostConfig.AutoRemove ?? false,
      pid: hostConfig.PidMode ? modeOf(hostConfig.PidMode) : undefined,
      ipc: hostConfig.IpcMode || 'private',
      sysctls: hostConfig.Sysctls ?? {},
      shmBytes: hostConfig.ShmSize || 64 * 1024 * 1024,
      ulimits: hostConfig.Ulimits?.map(({ Name: name, Soft: soft, Hard: hard }) => ({ name, soft, hard })),
      devices: (hostConfig.Devices ?? []).map((device) => ({
        path: device.PathOnHost,
        target: device.PathInContainer || device.PathOnHost,
        access: device.CgroupPermissions || 'rwm',
      })),
      deviceRules: hostConfig.DeviceCgroupRules ?? undefined,
      cgroupParent: hostConfig.CgroupParent ?? '',
      log: hostConfig.LogConfig?.Config ?? {},
    },
    verbatim: {
      config: said(config, ['Healthcheck', 'MacAddress', 'NetworkDisabled']),
      hostConfig: said(hostConfig, repeated),
    },
  }
}

const repeated = [
  'Binds',
  'BlkioDeviceReadBps',
  'BlkioDeviceReadIOps',
  'BlkioDeviceWriteBps',
  'BlkioDeviceWriteIOps',
  'BlkioWeightDevice',
  'CapAdd',
  'CapDrop',
  'ContainerIDFile',
  'Devices',
  'Dns',
  'DnsOptions',
  'DnsSearch',
  'ExtraHosts',
  'Isolation',
  'Mounts',
  'PortBindings',
  'SecurityOpt',
  'Tmpfs',
  'VolumeDriver',
  'VolumesFrom',
]

function said(values: object, names: string[]): object {
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => names.includes(name) && value !== null && value !== undefined),
  )
}

function processOf(config: ConfigOfSchema5, host: HostConfigOfSchema5): object {
  const [rows = 0, columns = 0] = host.ConsoleSize ?? []
  return {
    entrypoint: config.Entrypoint ?? undefined,
    command: config.Cmd ?? undefined,
    environment: config.Env ?? [],
    workingDirectory: config.WorkingDir ?? '',
    user: config.User ?? '',
    groups: host.GroupAdd ?? undefined,
    isTty: config.Tty ?? false,
    consoleSize: rows > 0 ? { rows, columns } : undefined,
    hasStdin: config.OpenStdin ?? false,
    isStdinOnce: config.StdinOnce ?? false,
    attached: {
      stdin: config.AttachStdin ?? false,
      stdout: config.AttachStdout ?? false,
      stderr: config.AttachStderr ?? false,
    },
    isUnderInit: host.Init ?? undefined,
    stopSignal: config.StopSignal || undefined,
    stopTimeoutSeconds: config.StopTimeout ?? undefined,
    oomScoreAdj: host.OomScoreAdj ?? 0,
  }
}

function modeOf(text: string): object {
  if (text.startsWith('container:')) return { kind: 'container', container: text.slice('container:'.length) }
  return ['default', 'host', 'none', 'private'].includes(text) ? { kind: text } : { kind: 'network', network: text }
}

function rangeOf(text: string): [number, number] {
  const [first = 0, last = first] = text.split('-').map(Number)
  return [first, last]
}

function portsOf(spec: string): { port: number; protocol: string }[] {
  const [range = '', protocol = 'tcp'] = spec.split('/')
  const [first, last] = rangeOf(range)
  return Array.from({ length: last - first + 1 }, (_, at) => ({ port: first + at, protocol }))
}

function securityOf(host: HostConfigOfSchema5): object {
  const isPrivileged = host.Privileged ?? false
  const options = (host.SecurityOpt ?? []).map((option) => /^([^=:]+)[=:]?([\s\S]*)$/.exec(option) ?? ['', '', ''])
  const value = (name: string): string | undefined => options.findLast(([, key]) => key === name)?.[2]
  const isUnmasked = isPrivileged || value('systempaths') === 'unconfined'
  const seccomp = value('seccomp') ?? (isPrivileged ? 'unconfined' : 'builtin')
  const apparmor = value('apparmor')
  return {
    isPrivileged,
    isReadOnlyRootfs: host.ReadonlyRootfs ?? false,
    capAdd: (host.CapAdd ?? []).map(capabilityOf),
    capDrop: (host.CapDrop ?? []).map(capabilityOf),
    isNoNewPrivileges: /^(1|t|true|)$/i.test(value('no-new-privileges') ?? 'false'),
    seccomp: seccomp === 'unconfined' || seccomp === 'builtin' ? seccomp : { profile: seccomp },
    apparmorProfile: apparmor === 'unconfined' ? undefined : apparmor,
    maskedPaths: host.MaskedPaths ?? (isUnmasked ? [] : maskedPaths),
    readonlyPaths: host.ReadonlyPaths ?? (isUnmasked ? [] : readonlyPaths),
  }
}

function capabilityOf(name: string): string {
  const upper = name.toUpperCase()
  return upper === 'ALL' || upper.startsWith('CAP_') ? upper : `CAP_${upper}`
}

/** What was applied where the container did not say. */
const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
]
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

function limitsOf(host: HostConfigOfSchema5): object {
  return {
    memoryBytes: host.Memory || undefined,
    memorySwapBytes: host.MemorySwap || (host.Memory ? host.Memory * 2 : undefined),
    nanoCpus: host.NanoCpus || undefined,
    cpuShares: host.CpuShares || undefined,
    cpuQuotaUs: host.CpuQuota || undefined,
    cpuPeriodUs: host.CpuPeriod || undefined,
    cpusetCpus: host.CpusetCpus || undefined,
    pidsLimit: host.PidsLimit && host.PidsLimit > 0 ? host.PidsLimit : undefined,
  }
}

function restartOf({ RestartPolicy: policy }: HostConfigOfSchema5): object | undefined {
  if (!policy?.Name) return undefined
  return policy.Name === 'on-failure'
    ? { name: policy.Name, retries: policy.MaximumRetryCount ?? 0 }
    : { name: policy.Name }
}

function tmpfsOf(target: string, text: string): object {
  const options = text.split(',').filter((option) => option !== '' && option !== 'defaults')
  return { type: 'tmpfs', target, isReadOnly: options.includes('ro'), options }
}

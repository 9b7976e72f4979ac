import { readFile, readdir } from 'node:fs/promises'
import { availableParallelism, hostname, machine, release, totalmem } from 'node:os'
import { defaultRuntime, runtimesOf } from '../../containerd/runtimes.ts'
import { cgroupSupport, defaultCgroupNamespace } from '../../containerd/spec/cgroup-support.ts'
import type { Engine } from '../engine.ts'
import { isRunning } from '../life/status.ts'
import { faultsPath } from '../../config/layout.ts'
import { faultWarning } from '../../process/fault-record.ts'
import { version } from '../../version.ts'
import { limitSupport, limitWarnings } from './limits.ts'

/** `docker info`: Docker API "SystemInfo". */
export async function systemInfo(engine: Engine): Promise<object> {
  const { config, store, launcher } = engine
  const [images, versions, osRelease, descriptors, isForwarding, bridgeCalls] = await Promise.all([
    launcher.images.list(),
    launcher.version(),
    readOsRelease(),
    readdir('/proc/self/fd'),
    engine.kernel.sysctl(engine.host, 'net.ipv4.ip_forward'),
    Promise.all(
      ['iptables', 'ip6tables'].map((name) =>
        readFile(`/proc/sys/net/bridge/bridge-nf-call-${name}`, 'utf8').catch(() => '0'),
      ),
    ),
  ])
  const support = cgroupSupport()
  const unconfined = launcher.appArmor.shortcoming()
  const warnings = [
    ...faultWarning(faultsPath(config)),
    ...limitWarnings(support),
    ...(unconfined === undefined ? [] : [`WARNING: containers run without an AppArmor profile: ${unconfined}`]),
  ]
  const containers = store.containers.values()
  const paused = containers.filter(({ state }) => state.status === 'paused').length
  const running = containers.filter(isRunning).length - paused
  return {
    ID: config.daemonId,
    Containers: containers.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: containers.length - running - paused,
    Images: images.length,
    Driver: 'overlayfs',
    DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']],
    Plugins: {
      Volume: ['local'],
      Network: Object.keys(engine.drivers).toSorted(),
      Authorization: null,
      Log: ['json-file'],
    },
    ...limitSupport(support),
    // Runtimes set neither any more: Linux counts both with the memory.
    KernelMemory: false,
    KernelMemoryTCP: false,
    CgroupDriver: config.isSystemdCgroup ? 'systemd' : 'cgroupfs',
    CgroupVersion: String(support.version),
    IPv4Forwarding: isForwarding.trim() === '1',
    BridgeNfIptables: bridgeCalls[0]?.trim() === '1',
    BridgeNfIp6tables: bridgeCalls[1]?.trim() === '1',
    Debug: config.logLevel === 'debug',
    NFd: descriptors.length,
    // Goroutines have no counterpart here: the event loop and its workers.
    NGoroutines: 1,
    SystemTime: engine.now().toISOString(),
    LoggingDriver: 'json-file',
    NEventsListener: engine.events.listenerCount(),
    KernelVersion: release(),
    OperatingSystem: osRelease['PRETTY_NAME'] ?? 'Linux',
    OSVersion: osRelease['VERSION_ID'] ?? '',
    OSType: 'linux',
    Architecture: machine(),
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: {
      AllowNondistributableArtifactsCIDRs: [],
      AllowNondistributableArtifactsHostnames: [],
      InsecureRegistryCIDRs: ['127.0.0.0/8'],
      IndexConfigs: { 'docker.io': { Name: 'docker.io', Mirrors: [], Secure: true, Official: true } },
      Mirrors: [],
    },
    NCPU: availableParallelism(),
    MemTotal: totalmem(),
    GenericResources: null,
    DockerRootDir: config.dataRoot,
    HttpProxy: '',
    HttpsProxy: '',
    NoProxy: '',
    Name: hostname(),
    Labels: config.labels,
    ExperimentalBuild: false,
    ServerVersion: version,
    Runtimes: runtimesOf(config),
    DefaultRuntime: defaultRuntime(config),
    Swarm: {
      NodeID: '',
      NodeAddr: '',
      LocalNodeState: 'inactive',
      ControlAvailable: false,
      Error: '',
      RemoteManagers: null,
    },
    LiveRestoreEnabled: true,
    Isolation: '',
    InitBinary: 'docker-init',
    ContainerdCommit: { ID: versions.containerd.revision, Expected: versions.containerd.revision },
    RuncCommit: { ID: versions.runc.version, Expected: versions.runc.version },
    InitCommit: { ID: '', Expected: '' },
    SecurityOptions: [
      ...(unconfined === undefined ? ['name=apparmor'] : []),
      'name=seccomp,profile=default',
      ...(defaultCgroupNamespace(support) === 'private' ? ['name=cgroupns'] : []),
    ],
    DefaultAddressPools: config.defaultAddressPools.map(({ base, size }) => ({ Base: base, Size: size })),
    Warnings: warnings.length === 0 ? null : warnings,
  }
}

/** os-release(5). */
async function readOsRelease(): Promise<Record<string, string>> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '')
  return Object.fromEntries([...text.matchAll(/^(\w+)="?(.*?)"?$/gm)].map(([, name, value]) => [name!, value!]))
}

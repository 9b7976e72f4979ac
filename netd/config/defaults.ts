/** From settings to a configuration: every default in one place. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DaemonConfig } from './config.ts'
import type { Settings } from './settings.ts'
import { defaultPidPath, defaultSocketPath } from './layout.ts'

const defaultDataRoot = '/var/lib/trestle'
const defaultExecRoot = '/run/trestle'

export function resolveConfig(settings: Settings): DaemonConfig {
  const dataRoot = resolve(settings['data-root'] ?? defaultDataRoot)
  const execRoot = resolve(settings['exec-root'] ?? defaultExecRoot)
  const isVerify = settings.tlsverify ?? false
  const tlsFolder = '/etc/trestle'
  return {
    hosts: settings.hosts ?? [`unix://${defaultSocketPath({ execRoot })}`],
    group: settings.group,
    dataRoot,
    execRoot,
    pidFile: settings.pidfile ?? defaultPidPath({ execRoot }),
    containerd: settings.containerd,
    runtimes: settings.runtimes ?? {},
    defaultRuntime: checkedRuntime(settings),
    isSystemdCgroup: settings['exec-opts']?.at(-1) === 'native.cgroupdriver=systemd',
    bip: settings.bip ?? '172.17.0.1/16',
    // Room for 4096 networks where Docker has 31, and away from what home routers and clouds hand out.
    defaultAddressPools: settings['default-address-pools'] ?? [
      { base: '172.18.0.0/15', size: 24 },
      { base: '172.20.0.0/14', size: 24 },
      { base: '172.24.0.0/13', size: 24 },
      { base: '10.192.0.0/12', size: 24 },
    ],
    ip: settings.ip ?? '0.0.0.0',
    mtu: settings.mtu,
    dns: settings.dns ?? [],
    dnsSearch: settings['dns-search'] ?? [],
    dnsOptions: settings['dns-opts'] ?? [],
    isIpForward: settings['ip-forward'] ?? true,
    isIpMasquerade: settings['ip-masq'] ?? true,
    isIcc: settings.icc ?? true,
    isUserlandProxy: settings['userland-proxy'] ?? true,
    labels: settings.labels ?? [],
    logLevel: settings['log-level'] ?? (settings.debug === true ? 'debug' : 'info'),
    tls:
      isVerify || settings.tls === true
        ? {
            isVerify,
            ca: settings.tlscacert ?? `${tlsFolder}/ca.pem`,
            cert: settings.tlscert ?? `${tlsFolder}/cert.pem`,
            key: settings.tlskey ?? `${tlsFolder}/key.pem`,
          }
        : undefined,
    toolboxArchive: settings['toolbox-image'] ?? besideBundle('toolbox.tar'),
    daemonId: daemonId(dataRoot),
    bodyLimitBytes: 16 * 1024 * 1024,
    tag:
      dataRoot === defaultDataRoot
        ? 'trestle'
        : `trestle-${createHash('sha256').update(dataRoot).digest('hex').slice(0, 8)}`,
  }
}

/** Throws one sentence for one that is not there; the two that a machine may have are known by their names. */
function checkedRuntime({ 'default-runtime': name, runtimes = {} }: Settings): string | undefined {
  if (name !== undefined && !['runc', 'crun', ...Object.keys(runtimes)].includes(name))
    throw new Error(`specified default runtime '${name}' does not exist: --add-runtime ${name}=PATH adds it`)
  return name
}

/** Derived from where the daemon keeps its state, so that it is the same after a restart. Grouped as dockerd's. */
function daemonId(dataRoot: string): string {
  const machine = existsSync('/etc/machine-id') ? readFileSync('/etc/machine-id', 'utf8').trim() : ''
  const digits = createHash('sha256').update(`${machine}\0${dataRoot}`).digest('hex').toUpperCase().slice(0, 48)
  return digits.match(/.{4}/g)!.join(':')
}

/** In dist/ beside the bundle; run from the sources, in the dist/ next to netd/. */
function besideBundle(name: string): string {
  const beside = fileURLToPath(new URL(name, import.meta.url))
  return existsSync(beside) ? beside : fileURLToPath(new URL(`../../dist/${name}`, import.meta.url))
}

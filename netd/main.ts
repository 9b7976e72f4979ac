/** Composition root: the only place that wires the daemon's parts together. */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { parseFlags } from './config/flags.ts'
import { resolveConfig } from './config/defaults.ts'
import { databasePath, faultsPath, runRoot } from './config/layout.ts'
import { readSettings, reloader } from './config/reload.ts'
import { runsIn } from './containerd/daemon.ts'
import { openLauncher } from './containerd/open-launcher.ts'
import { checkDefaultRuntime } from './containerd/runtimes.ts'
import { openDataPlane } from './control/data-plane.ts'
import { openDrivers } from './drivers/drivers.ts'
import { adoptContainers } from './engine/containers/adopt.ts'
import { followExits } from './engine/containers/exit.ts'
import type { Engine } from './engine/engine.ts'
import { EventBus } from './engine/events.ts'
import { KeyedLock } from './engine/keyed-lock.ts'
import { Lives } from './engine/life/lives.ts'
import { endLinkDrafts } from './engine/links/end-drafts.ts'
import { restoreNamespaces } from './engine/namespaces/restore-namespaces.ts'
import { keepFiles } from './engine/system/keep-files.ts'
import { publishReload } from './engine/system/daemon-event.ts'
import { reset } from './engine/system/reset.ts'
import { restoreNetworks } from './engine/system/restore-networks.ts'
import { watchHost } from './engine/system/watch-host.ts'
import { openFirewall } from './firewall/nftables-firewall.ts'
import { listen, prepareListeners } from './http/listen.ts'
import { openServer } from './http/server.ts'
import { openKernel } from './kernel/client.ts'
import { mkfifo } from './native/libc.ts'
import { watchEnding } from './process/ending.ts'
import { forgetFaults, recordFault } from './process/fault-record.ts'
import { reloadOnHangup } from './process/hangup.ts'
import { openLog } from './process/log.ts'
import { claimPidFile } from './process/pid-file.ts'
import { restWhenIdle } from './process/rest.ts'
import { prepareRoots, releaseRunRoot } from './process/roots.ts'
import { Store } from './store/store.ts'
import { version } from './version.ts'

/** As long as dockerd gives a container to stop. */
const drainMs = 10_000

/** The daemon's own, whichever thread asks. */
const hostNamespace = `/proc/${process.pid}/ns/net`

async function openEngine(
  { config, events, log, now }: Pick<Engine, 'config' | 'events' | 'log' | 'now'>,
  stack: AsyncDisposableStack,
): Promise<Engine> {
  const store = new Store(databasePath(config), { warn: (sentence) => log.warn(sentence), now })
  stack.defer(() => store.close())
  const kernel = await openKernel()
  stack.defer(() => kernel.close())
  const launcher = await openLauncher({
    dataRoot: config.dataRoot,
    execRoot: runsIn(config) ? config.execRoot : runRoot(config),
    ...(config.containerd === undefined ? {} : { address: config.containerd }),
    namespace: config.tag,
    cgroupPrefix: config.tag,
    isSystemdCgroup: config.isSystemdCgroup,
    log,
    makeFifo: (path) => mkfifo(path, 0o600),
    now,
  })
  // Containers go on, and so does a private containerd.
  stack.defer(() => launcher.close())
  const dataPlane = openDataPlane({ execRoot: config.execRoot, kernel, log })
  // Published ports stay served, and names known.
  stack.defer(() => dataPlane.close())
  const firewall = openFirewall({ kernel, host: hostNamespace, table: config.tag })
  return {
    config,
    store,
    kernel,
    host: hostNamespace,
    launcher,
    drivers: openDrivers(firewall, config),
    firewall,
    dataPlane,
    dns: dataPlane.dns,
    proxy: dataPlane.proxy,
    events,
    lives: new Lives(),
    locks: new KeyedLock(),
    now,
    newId: () => randomBytes(32).toString('hex'),
    log,
  }
}

/** Resolves with the exit code. */
async function main(): Promise<number> {
  const invocation = parseFlags(process.argv.slice(2))
  const settings = readSettings(invocation)
  const config = resolveConfig(settings)
  if (process.getuid?.() !== 0)
    throw new Error('netd needs root: it makes network namespaces, links and firewall rules')
  // ps(1) and top(1) show Node's thread name otherwise; the command line stays, by which a pid file is checked.
  writeFileSync('/proc/self/comm', 'netd')
  const now = (): Date => new Date()
  const log = openLog(config, now)
  const events = new EventBus(now)
  const faults = faultsPath(config)
  const ending = watchEnding({
    log,
    onFault: ({ message, stack = message }) =>
      recordFault(faults, { at: now().toISOString(), version, message, stack }),
    patienceMs: 2 * drainMs,
  })
  reloadOnHangup({
    reload: reloader(invocation, config, settings),
    log,
    onReloaded: () => publishReload({ config, events }),
  })
  if (!invocation.isReset) checkDefaultRuntime(config)
  const listeners = invocation.isReset ? [] : await prepareListeners(config)

  await using stack = new AsyncDisposableStack()
  prepareRoots(config)
  const pidFile = stack.use(claimPidFile(config.pidFile))
  const engine = await openEngine({ config, events, log, now }, stack)
  followExits(engine)
  await restoreNetworks(engine)
  await restoreNamespaces(engine)
  await adoptContainers(engine)
  await endLinkDrafts(engine)
  if (invocation.isReset) {
    const failures = await reset(engine)
    if (failures.length > 0) throw new Error(`not everything could be removed: ${failures.join('; ')}`)
    releaseRunRoot(config)
    return 0
  }

  stack.defer(await watchHost(engine))
  const app = await openServer(engine)
  const noteWork = restWhenIdle()
  events.subscribe(noteWork)
  const answer: RequestListener = (request, response) => {
    noteWork()
    app.routing(request, response)
  }
  const listening = await listen(listeners, answer, log)
  const servers = listening.map(({ server }) => server)
  const leaveFiles = keepFiles(engine, [
    pidFile.mend,
    ...listening.map(({ mend }) => mend),
    () => engine.dataPlane.mend(),
    () => engine.launcher.mend(),
  ])
  stack.defer(async () => {
    leaveFiles()
    for (const server of servers) server.close()
    // A start or a connect that is under way is finished, so that no half of it stays; logs and waits are not waited for.
    await Promise.race([engine.locks.idle(), setTimeout(drainMs, undefined, { ref: false })])
    await app.close()
    for (const server of servers) server.closeAllConnections()
  })
  log.info(`netd ${version} listens on ${config.hosts.join(', ')}`)
  const reason = await ending.reason
  log.info('stopping: containers and their networks go on')
  if (reason === 'fault') return 1
  forgetFaults(faults)
  return 0
}

try {
  const exitCode = await main()
  // Sockets that clients still hold open must not keep a stopped daemon.
  process.exit(exitCode)
} catch (error) {
  process.stderr.write(`netd: ${(error as Error).message}\n`)
  process.exit(1)
}

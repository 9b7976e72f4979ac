/** What a worker thread can be asked. Each runs on that thread and blocks it; arguments and results cross by structured clone. */
import * as libc from '../native/libc.ts'
import type { NftElement } from '../netlink/nfnetlink/commands.ts'
import { readAddresses } from './address.ts'
import { apply } from './apply.ts'
import type { Destinations } from './destinations.ts'
import { toPlain, type PlainFailure } from './failure.ts'
import { openLinkEnds } from './gone.ts'
import type { KernelStep, Namespace, StepResult } from './kernel.ts'
import { readLink, readLinks } from './link.ts'
import { hasLinkKind } from './new-link.ts'
import { readListeners } from './listeners.ts'
import type { Address, Link, Listener, Route, RouteAnswer, RouteQuestion, Survey } from './model.ts'
import { namespaceInode } from './netns.ts'
import type { NftFamily } from './nft.ts'
import { hasTable, readSetElements } from './nftables.ts'
import { peerNamespaces } from './nsid.ts'
import { lookupRoute } from './route-lookup.ts'
import { openRouteView } from './route-view.ts'
import { readRoutes, readRoutesTo } from './route.ts'
import { endRun, run, type RunOptions, type RunResult } from './run.ts'
import { Session, type Thread } from './session.ts'
import { readSurvey, readSysctls } from './survey.ts'
import { readSysctl } from './sysctl.ts'
import { teardown } from './teardown.ts'
import { openWatch, type WatchSockets } from './watch.ts'

function reading<Arguments extends unknown[], Result>(read: (session: Session, ...values: Arguments) => Result) {
  return (thread: Thread, ...values: Arguments): Result => {
    using session = new Session(thread)
    return read(session, ...values)
  }
}

export const calls = {
  apply: (thread: Thread, steps: KernelStep[]): StepResult[] => apply(thread, steps),
  teardown: (thread: Thread, lists: KernelStep[][]): PlainFailure[][] =>
    teardown(thread, lists).map((failures) => failures.map(toPlain)),
  link: reading<[Namespace, number | string], Link | undefined>(readLink),
  links: reading<[Namespace], Link[]>(readLinks),
  addresses: reading<[Namespace], Address[]>(readAddresses),
  routes: reading<[Namespace, number | undefined, Destinations | undefined], Route[]>(readRoutes),
  routesTo: reading<[Namespace, number, Destinations], Route[]>(readRoutesTo),
  hasLinkKind: reading<[Namespace, 'macvlan' | 'ipvlan'], boolean>(hasLinkKind),
  elements: reading<[Namespace, string, string, NftFamily?], NftElement[]>(readSetElements),
  hasTable: reading<[Namespace, string, NftFamily?], boolean>(hasTable),
  survey: reading<[Namespace], Survey>(readSurvey),
  lookupRoute: reading<[Namespace, RouteQuestion], RouteAnswer>(lookupRoute),
  listeners: reading<[Namespace, Listener['protocol']], Listener[]>(readListeners),
  sysctls: reading<[Namespace, string[]], Record<string, string>>(readSysctls),
  sysctl: reading<[Namespace, string], string>(readSysctl),
  inode: (_thread: Thread, namespace: Namespace): number => namespaceInode(namespace),
  run(thread: Thread, id: number, namespace: Namespace, command: string[], options: RunOptions): Promise<RunResult> {
    // The session ends once the program has started: the program itself keeps its namespace.
    using session = new Session(thread)
    return run(session, id, namespace, command, options)
  },
  endRun: (_thread: Thread, id: number): void => endRun(id),
  openWatch: reading<[Namespace], WatchSockets>(openWatch),
  openLinkEnds: reading<[Namespace], number>(openLinkEnds),
  openRouteView: reading<[Namespace], number>(openRouteView),
  close: (_thread: Thread, fd: number): void => libc.close(fd),
  peerNamespaces: reading<[Namespace, Namespace[]], Map<number, Namespace>>(peerNamespaces),
}

export type Calls = {
  [Name in keyof typeof calls]: (...values: Tail<Parameters<(typeof calls)[Name]>>) => ReturnType<(typeof calls)[Name]>
}
type Tail<T extends unknown[]> = T extends [unknown, ...infer Rest] ? Rest : never

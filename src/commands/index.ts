/** Every command by name: what the help of its group says of it, and where it is. A command's code is loaded when it is called. */
import type { Command } from 'commander'
import type { Context } from '../context.ts'

/** Gives a command its arguments, flags, examples and action. */
export type Declare = (command: Command, context: Context) => void

export interface Leaf {
  summary: string
  load: () => Promise<Declare>
}

export interface Group {
  summary: string
  examples: string[]
  verbs: Record<string, Leaf>
}

export const commands: Record<string, Leaf | Group> = {
  run: {
    summary: 'Create and run a new container from an image',
    load: async () => (await import('./container/run.ts')).declareRun,
  },
  ps: { summary: 'List containers', load: async () => (await import('./container/ps.ts')).declarePs },
  exec: {
    summary: 'Run a command in a running container',
    load: async () => (await import('./container/exec.ts')).declareExec,
  },
  logs: {
    summary: 'Show what a container has written',
    load: async () => (await import('./container/logs.ts')).declareLogs,
  },
  start: {
    summary: 'Start one or more stopped containers',
    load: async () => (await import('./container/start.ts')).declareStart,
  },
  stop: {
    summary: 'Stop one or more running containers',
    load: async () => (await import('./container/stop.ts')).declareStop,
  },
  kill: {
    summary: 'Send a signal to one or more running containers',
    load: async () => (await import('./container/kill.ts')).declareKill,
  },
  rm: { summary: 'Remove one or more containers', load: async () => (await import('./container/rm.ts')).declareRm },
  inspect: {
    summary: 'Show all there is to know of containers, networks, images and volumes',
    load: async () => (await import('./container/inspect.ts')).declareInspect,
  },
  network: {
    summary: 'Manage networks',
    examples: ['trestle network create lan', 'trestle network connect lan web', 'trestle network ls'],
    verbs: {
      create: {
        summary: 'Create a network',
        load: async () => (await import('./network/create.ts')).declareNetworkCreate,
      },
      ls: { summary: 'List networks', load: async () => (await import('./network/ls.ts')).declareNetworkLs },
      inspect: {
        summary: 'Show all there is to know of networks',
        load: async () => (await import('./network/inspect.ts')).declareNetworkInspect,
      },
      connect: {
        summary: 'Connect a container to a network',
        load: async () => (await import('./network/connect.ts')).declareNetworkConnect,
      },
      disconnect: {
        summary: 'Disconnect a container from a network',
        load: async () => (await import('./network/disconnect.ts')).declareNetworkDisconnect,
      },
      rm: {
        summary: 'Remove one or more networks',
        load: async () => (await import('./network/rm.ts')).declareNetworkRm,
      },
      prune: {
        summary: 'Remove all networks that no container uses',
        load: async () => (await import('./network/prune.ts')).declareNetworkPrune,
      },
    },
  },
  port: {
    summary: 'Publish ports of containers, running or not, and take them back',
    examples: ['trestle port add web 8080:80', 'trestle port ls web', 'trestle port rm web 8080:80'],
    verbs: {
      add: { summary: 'Publish ports', load: async () => (await import('./port/add.ts')).declarePortAdd },
      ls: {
        summary: 'List what a container publishes',
        load: async () => (await import('./port/ls.ts')).declarePortLs,
      },
      rm: { summary: 'Publish no longer', load: async () => (await import('./port/rm.ts')).declarePortRm },
    },
  },
  volume: {
    summary: 'Manage volumes',
    examples: [
      'trestle volume create data',
      'trestle run --rm -v data:/data trestle/toolbox ls /data',
      'trestle volume ls',
    ],
    verbs: {
      create: {
        summary: 'Create a volume',
        load: async () => (await import('./volume/create.ts')).declareVolumeCreate,
      },
      ls: { summary: 'List volumes', load: async () => (await import('./volume/ls.ts')).declareVolumeLs },
      inspect: {
        summary: 'Show all there is to know of volumes',
        load: async () => (await import('./volume/inspect.ts')).declareVolumeInspect,
      },
      rm: { summary: 'Remove one or more volumes', load: async () => (await import('./volume/rm.ts')).declareVolumeRm },
      prune: {
        summary: 'Remove anonymous volumes that no container uses',
        load: async () => (await import('./volume/prune.ts')).declareVolumePrune,
      },
    },
  },
  image: {
    summary: 'Manage images',
    examples: ['trestle image ls', 'trestle image load -i toolbox.tar'],
    verbs: {
      ls: { summary: 'List images', load: async () => (await import('./image/ls.ts')).declareImageLs },
      load: {
        summary: 'Load images from an archive',
        load: async () => (await import('./image/load.ts')).declareImageLoad,
      },
      import: {
        summary: 'Make an image from a root file system in a tar archive',
        load: async () => (await import('./image/import.ts')).declareImageImport,
      },
      rm: { summary: 'Remove one or more images', load: async () => (await import('./image/rm.ts')).declareImageRm },
    },
  },
  lab: {
    summary: 'Bring topologies up, check their tasks, take them down',
    load: async () => (await import('../../lab/index.ts')).registerLab,
  },
  graph: {
    summary: 'Show a live picture of namespaces, interfaces and networks',
    load: async () => (await import('../../lab/index.ts')).registerGraph,
  },
  explain: {
    summary: 'Say whether a packet arrives, and what stops it',
    load: async () => (await import('./system/explain.ts')).declareExplain,
  },
  info: {
    summary: 'Show what the daemon says of itself and its machine',
    load: async () => (await import('./system/info.ts')).declareInfo,
  },
  version: {
    summary: 'Show the versions of the command line and the daemon',
    load: async () => (await import('./system/version.ts')).declareVersion,
  },
  completion: {
    summary: 'Print a completion script for a shell',
    load: async () => (await import('./system/completion.ts')).declareCompletion,
  },
}

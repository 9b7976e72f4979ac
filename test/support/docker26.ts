/** Docker 26.1.5 of Debian 13 as the reference: it needs that release's libraries, so it runs out of a root of its own. */
import { findCached } from './cache.ts'
import { debianRoot } from './debian-root.ts'

export const docker26 = debianRoot(
  'docker26',
  ['docker.io', 'containerd', 'runc', 'iptables', 'procps', 'ca-certificates'],
  {
    megabytes: 2500,
  },
)

/** `setup.sh test` makes it where it can be made. */
export function docker26Root(): Promise<string | undefined> {
  return findCached(docker26)
}

/**
 * The command that runs `command` in the root, which it does not change: what is written goes to memory. `shared` is the
 * same folder inside and outside. The root is pivoted to, because a container's root cannot be remounted from a mere chroot.
 */
export function inRoot(root: string, shared: string, command: string[]): string[] {
  const script = `
    over=${shared}/over
    mkdir $over
    mount -t tmpfs tmpfs $over
    mkdir $over/upper $over/work $over/root
    mount -t overlay overlay -o lowerdir=${root},upperdir=$over/upper,workdir=$over/work $over/root
    cd $over/root
    echo nameserver 127.0.0.1 >etc/resolv.conf
    mkdir -p .old .${shared}
    for tree in proc sys dev; do mount --rbind /$tree $tree; done
    mount --bind ${shared} .${shared}
    mount -t tmpfs tmpfs run
    pivot_root . .old
    umount -l /.old
    exec "$@"`
  return ['unshare', '--mount', '--', 'sh', '-ec', script, 'sh', ...command]
}

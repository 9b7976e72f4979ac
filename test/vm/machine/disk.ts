/** The machine's disk, kernel and initial RAM disk: Debian 13 with systemd and all that the jobs start, made once. */
import { chmod, copyFile, cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { inventory, type Recipe } from '../../support/cache.ts'
import { debianRoot } from '../../support/debian-root.ts'
import { run } from '../../support/run.ts'

const packages = `systemd systemd-sysv udev dbus kmod linux-image-amd64 initramfs-tools apparmor
  docker.io docker-cli containerd runc crun ca-certificates
  iproute2 iptables nftables conntrack iputils-ping tcpdump curl iperf3 busybox procps util-linux bsdutils strace`.split(
  /\s+/,
)

/** Mounts the second disk, which brings the jobs, and hands over. Exec, so that booting is over when they run. */
const unit = `[Unit]
Description=Jobs of the second disk
[Service]
Type=exec
ExecStartPre=mkdir -p /opt/trestle
ExecStartPre=mount /dev/vdb /opt/trestle
ExecStart=sh /opt/trestle/test/vm/machine/inside.sh
StandardOutput=file:/dev/ttyS1
StandardError=file:/dev/ttyS1
[Install]
WantedBy=multi-user.target
`

/** The getty would hang up the port that the kernel's messages leave by; the other units have nothing to do in here. */
const masked = ['serial-getty@ttyS0.service', 'getty@tty1.service', 'apt-daily.timer', 'apt-daily-upgrade.timer']
/** A job that wants them starts them. */
const disabled = ['docker.service', 'docker.socket', 'containerd.service', 'nftables.service']

async function prepare(root: string): Promise<void> {
  const units = `${root}/etc/systemd/system`
  await writeFile(`${units}/trestle-jobs.service`, unit)
  for (const name of masked) await symlink('/dev/null', `${units}/${name}`)
  await run(['chroot', root, 'systemctl', 'disable', ...disabled])
  await run(['chroot', root, 'systemctl', 'enable', 'trestle-jobs.service'])
  await writeFile(`${root}/etc/hostname`, 'machine\n')
  await writeFile(`${root}/etc/hosts`, '127.0.0.1 localhost machine\n::1 localhost\n')
  await writeFile(`${root}/etc/resolv.conf`, 'nameserver 127.0.0.1\n')
}

const root = debianRoot('machine', packages, { megabytes: 6000, by: prepare })

export const disk: Recipe = {
  name: 'machine',
  ingredients: [...root.ingredients, unit, ...masked, ...disabled],
  async make(folder) {
    const tree = `${folder}/root`
    await mkdir(tree)
    await root.make(tree)
    for (const [kind, to] of [
      ['vmlinuz-', 'kernel'],
      ['initrd.img-', 'initrd'],
    ] as const) {
      const name = (await readdir(`${tree}/boot`)).find((file) => file.startsWith(kind))
      await copyFile(`${tree}/boot/${name}`, `${folder}/${to}`)
    }
    await run(['mke2fs', '-q', '-t', 'ext4', '-d', tree, `${folder}/disk`, '8G'], { timeoutMs: 600_000 })
    await rm(tree, { recursive: true })
  },
  async fingerprint(folder) {
    await run(['e2fsck', '-fn', `${folder}/disk`])
    return inventory(folder)
  },
}

/** What only the checks, the demo and the page need stays outside. */
const notNeeded =
  /^(\.bin|\.cache|@oxlint|@oxlint-tsgolint|@typescript|cytoscape|knip|oxlint|playwright-core|prettier|typescript)$/
const brought = ['api', 'bin', 'dist', 'lab', 'netd', 'src', 'test', 'topologies', 'package.json', 'tsconfig.json']

/** The second disk: this tree as it is, with what it needs to run and to be tested, and the names of the jobs. */
export async function payload(file: string, projectRoot: string, jobs: string[]): Promise<void> {
  const tree = `${file}.tree`
  await mkdir(`${tree}/node_modules`, { recursive: true })
  for (const name of brought) await cp(`${projectRoot}${name}`, `${tree}/${name}`, { recursive: true })
  for (const name of await readdir(`${projectRoot}node_modules`)) {
    if (notNeeded.test(name)) continue
    await cp(`${projectRoot}node_modules/${name}`, `${tree}/node_modules/${name}`, {
      recursive: true,
      verbatimSymlinks: true,
    })
  }
  await writeFile(`${tree}/jobs.json`, JSON.stringify(jobs))
  await chmod(tree, 0o755)
  await run(['mke2fs', '-q', '-t', 'ext4', '-O', '^has_journal', '-d', tree, file, '2G'], { timeoutMs: 600_000 })
  await rm(tree, { recursive: true })
}

/**
 * The machine itself: emulated, without a network, on throw-away overlays of both its disks. Its clock goes by its own
 * instructions, one a nanosecond (`-icount`), so that a deadline inside is as long on a busy host as on an idle one; that
 * costs it the second thread.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Machine extends AsyncDisposable {
  /** What comes by the second serial port, line by line, until the machine is off. */
  lines: AsyncIterable<string>
  /** Ends it, whatever it does: `lines` end, too. */
  end(): Promise<void>
}

/** `folder`: disk, kernel and initrd; `console`: where its kernel and systemd write. It has ended when this process has. */
export function boot(folder: string, jobs: string, console: string): Machine {
  const flags = `-accel tcg,thread=single -icount shift=0 -cpu max -smp 2 -m 3072
    -display none -monitor none -nic none -device virtio-rng-pci
    -kernel ${folder}/kernel -initrd ${folder}/initrd
    -drive file=${folder}/disk,format=raw,if=virtio,snapshot=on
    -drive file=${jobs},format=raw,if=virtio,snapshot=on
    -serial file:${console} -serial stdio`
  const command = ['setpriv', '--pdeathsig=KILL', 'nice', '-n', '10', 'qemu-system-x86_64', ...flags.split(/\s+/)]
  const qemu = spawn(command[0]!, [...command.slice(1), '-append', 'root=/dev/vda rw console=ttyS0 panic=-1'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  return {
    lines: createInterface({ input: qemu.stdout, crlfDelay: Infinity }),
    end: () => end(qemu),
    [Symbol.asyncDispose]: () => end(qemu),
  }
}

async function end(qemu: ChildProcess): Promise<void> {
  if (qemu.exitCode !== null || qemu.signalCode !== null) return
  const ended = once(qemu, 'exit')
  qemu.kill('SIGKILL')
  await ended
}

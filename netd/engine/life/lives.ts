import type { Exec } from './exec.ts'
import { Life } from './life.ts'

/** One life per container, by id; rebuilt by adoption after a restart of the daemon. */
export class Lives {
  readonly #lives = new Map<string, Life>()
  /** Clients name an exec by its id alone. */
  readonly #execs = new Map<string, Exec>()

  of(id: string): Life {
    const known = this.#lives.get(id)
    if (known !== undefined) return known
    const life = new Life()
    this.#lives.set(id, life)
    return life
  }

  /** The container is gone, and so are its execs. */
  end(id: string): void {
    const life = this.#lives.get(id)
    life?.cancelRestart()
    for (const execId of life?.execs.keys() ?? []) this.#execs.delete(execId)
    this.#lives.delete(id)
  }

  exec(execId: string): Exec | undefined {
    return this.#execs.get(execId)
  }

  addExec(exec: Exec): void {
    this.#execs.set(exec.id, exec)
    this.of(exec.containerId).execs.set(exec.id, exec)
  }

  forgetExec({ id, containerId }: Exec): void {
    this.#execs.delete(id)
    this.#lives.get(containerId)?.execs.delete(id)
  }
}

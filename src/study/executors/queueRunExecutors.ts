import type { Executor } from "../ledger/unit.ts";

interface Entry {
  readonly executor: Promise<Executor>;
  users: number;
}

/**
 * Executors of the runs that a worker works for, each its own: whoever runs units may keep the study open, and a later run may find
 * the study's files changed.
 */
export class RunExecutors {
  readonly #create: () => Promise<Executor>;
  readonly #byRun = new Map<string, Entry>();

  constructor(create: () => Promise<Executor>) {
    this.#create = create;
  }

  /** The executor of a run, to be released; those of other runs that nobody uses are closed. */
  async take(run: string): Promise<{ readonly executor: Executor; release(): void }> {
    for (const [other, { executor, users }] of this.#byRun) {
      if (other === run || users > 0) continue;
      this.#byRun.delete(other);
      await close(executor);
    }
    const entry = this.#byRun.get(run) ?? { executor: this.#create(), users: 0 };
    this.#byRun.set(run, entry);
    entry.users++;
    try {
      return { executor: await entry.executor, release: () => void entry.users-- };
    } catch (error) {
      this.#byRun.delete(run);
      throw error;
    }
  }

  /** Closes all. */
  async close(): Promise<void> {
    const entries = [...this.#byRun.values()];
    this.#byRun.clear();
    await Promise.all(entries.map(({ executor }) => close(executor)));
  }
}

async function close(executor: Promise<Executor>): Promise<void> {
  const made = await executor.catch(() => undefined);
  await made?.close();
}

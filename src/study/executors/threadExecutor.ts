import { totalmem } from "node:os";
import { MessageChannel } from "node:worker_threads";
import { checkNumber, checkWhole } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import type { Executor } from "../ledger/unit.ts";
import type { ThreadOutcome, ThreadTask } from "./threadTask.ts";

/** How units are run in threads. */
export interface ThreadExecutorOptions {
  /** Module that exports what `createThreadTask` makes as its default. */
  readonly workerFile: URL | string;
  /** Number of threads. */
  readonly workers: number;
  /** What the units running together may take; default three quarters of the machine's memory. */
  readonly memoryBytes?: number;
}

/**
 * Runs units in worker threads (piscina). The results are the same bytes for any number of threads, as each unit is by itself.
 *
 * @throws ToolkitError `bad-option`
 */
export async function threadExecutor(options: ThreadExecutorOptions): Promise<Executor> {
  const { workerFile, workers, memoryBytes = 0.75 * totalmem() } = options;
  checkWhole("threadExecutor", "workers", workers, 1);
  checkNumber("threadExecutor", "memoryBytes", memoryBytes, { above: 0 });
  const { Piscina } = await import("piscina");
  const pool = new Piscina({
    filename: String(workerFile),
    minThreads: 0,
    maxThreads: workers,
    idleTimeout: 5000,
    // short-lived arrays die before the collector's helpers, which share the cores with the workers, have to move them
    resourceLimits: { maxYoungGenerationSizeMb: 128 },
  });
  return {
    concurrency: workers,
    memoryBytes,
    async run(unit, context) {
      const { port1: receiving, port2: port } = new MessageChannel();
      receiving.on("message", ({ done, total, label }) => context.progress(done, total, label));
      const task: ThreadTask = { unit, folder: context.folder, needs: [...context.needs], port };
      try {
        const outcome: ThreadOutcome = await pool.run(task, { signal: context.signal, transferList: [port] });
        if (outcome.kind === "failed") throw new ToolkitError(outcome.code, outcome.message);
      } catch (error) {
        if (context.signal.aborted) throw new ToolkitError("aborted", `${unit.label}: stopped`);
        throw error;
      } finally {
        receiving.close();
      }
    },
    close: () => pool.destroy(),
  };
}

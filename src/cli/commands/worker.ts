import { queueDefaults } from "../../study/executors/queueOptions.ts";
import { checkStudyUnit } from "../../study/executors/queueStudyUnit.ts";
import { runQueueWorker } from "../../study/executors/queueWorker.ts";
import { threadExecutor } from "../../study/executors/threadExecutor.ts";
import { inlineExecutor } from "../../study/ledger/inlineExecutor.ts";
import { exitCodes } from "../exitCode.ts";
import type { CommandIo } from "../io.ts";
import type { Joined } from "../joined.ts";

/** Options of `neurosteer worker`. */
export interface WorkerOptions {
  redis: string;
  /** Folders that it works in. */
  root: string[];
  /** Units at a time; default 1. */
  concurrency?: number;
  queue?: string;
  /** A worker that gave no sign of life for so many seconds has lost its unit to another one; default 30. */
  lock?: number;
}

/**
 * `neurosteer worker --redis URL --root DIR...`: runs units of studies until it is interrupted.
 *
 * @returns 130
 */
export async function worker(
  options: WorkerOptions,
  io: CommandIo,
  joined: Pick<Joined, "studies" | "codeHash" | "workerFile">,
): Promise<number> {
  const { redis, root, concurrency, queue, lock } = {
    ...{ concurrency: queueDefaults.concurrency, queue: queueDefaults.queue, lock: queueDefaults.lockSeconds },
    ...options,
  };
  const { workerFile } = joined;
  const report = await runQueueWorker({
    redis,
    queue,
    roots: root,
    concurrency,
    codeHash: await joined.codeHash(),
    // in a thread: this one has to give signs of life while a unit computes
    createExecutor: async () =>
      workerFile === undefined
        ? inlineExecutor(joined.studies.run, { concurrency })
        : threadExecutor({ workerFile, workers: concurrency }),
    check: checkStudyUnit,
    lockSeconds: lock,
    signal: io.signal,
    onUnit: ({ type, label, reason }) => io.error(`${type}: ${label}${reason === undefined ? "" : `: ${reason}`}\n`),
    onMessage: (message) => io.error(`${message}\n`),
  });
  io.error(`worker: ended; ${report.done} units done, ${report.failed} failed\n`);
  return exitCodes.interrupted;
}

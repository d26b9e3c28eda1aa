import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type QueueExecutorOptions, queueExecutor } from "../../../src/study/executors/queueExecutor.ts";
import {
  type QueueWorkerOptions,
  type QueueWorkerReport,
  runQueueWorker,
} from "../../../src/study/executors/queueWorker.ts";
import { inlineExecutor } from "../../../src/study/ledger/inlineExecutor.ts";
import type { RunUnitsOptions } from "../../../src/study/ledger/runOptions.ts";
import { type RunReport, runUnits } from "../../../src/study/ledger/runUnits.ts";
import type { Executor, RunUnit, Unit } from "../../../src/study/ledger/unit.ts";
import type { RedisServer } from "./redisServer.ts";

/** A worker in this process. */
export interface TestWorker {
  /** Ends it, as Ctrl-C does. */
  end(): Promise<QueueWorkerReport>;
}

/** A place for tests of queues: folders, workers and runs, all of which end with it. */
export class QueueBench {
  readonly folder = mkdtempSync(join(tmpdir(), "neurosteer-queue-"));
  /** Every line that executors and workers said. */
  readonly messages: string[] = [];
  readonly #server: RedisServer;
  readonly #workers: TestWorker[] = [];
  readonly #executors: Executor[] = [];

  constructor(server: RedisServer) {
    this.#server = server;
  }

  /** Path of the ledger of a run. */
  root(name: string): string {
    return join(this.folder, name);
  }

  /** Starts a worker that runs units in this thread. */
  worker(run: RunUnit, options: Partial<QueueWorkerOptions> = {}): TestWorker {
    const controller = new AbortController();
    const work = runQueueWorker({
      redis: this.#server.url,
      roots: [this.folder],
      createExecutor: async () => inlineExecutor(run, { concurrency: 99 }),
      check: async (unit) => unit.inputs,
      lockSeconds: 1,
      aliveSeconds: 3,
      onMessage: (message) => this.messages.push(message),
      signal: controller.signal,
      ...options,
    });
    work.catch(() => undefined);
    const worker = {
      end: () => {
        controller.abort();
        return work;
      },
    };
    this.#workers.push(worker);
    return worker;
  }

  async executor(options: Partial<QueueExecutorOptions> = {}): Promise<Executor> {
    const executor = await queueExecutor({
      redis: this.#server.url,
      pollSeconds: 0.2,
      aliveSeconds: 3,
      onMessage: (message) => this.messages.push(message),
      ...options,
    });
    this.#executors.push(executor);
    return executor;
  }

  /** Runs units through the queue into a new ledger, to its end. */
  async run(
    name: string,
    units: readonly Unit[],
    { queue = {}, ...options }: Partial<RunUnitsOptions> & { queue?: Partial<QueueExecutorOptions> } = {},
  ): Promise<RunReport> {
    const executor = await this.executor(queue);
    try {
      return await runUnits(units, executor, { root: this.root(name), ...options });
    } finally {
      await executor.close();
    }
  }

  /** A folder with files in it. */
  inputs(name: string): string {
    const folder = join(this.folder, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  journal(name: string): string {
    return readFileSync(join(this.root(name), "journal.jsonl"), "utf8");
  }

  /** Ends what the test has started, but not the folder. */
  async rest(): Promise<void> {
    await Promise.all(this.#executors.splice(0).map((executor) => executor.close()));
    await Promise.all(this.#workers.splice(0).map((worker) => worker.end().catch(() => undefined)));
  }

  async remove(): Promise<void> {
    await this.rest();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

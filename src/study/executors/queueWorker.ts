import { hostname } from "node:os";
import type { Job, Worker } from "bullmq";
import { ToolkitError } from "../../core/error.ts";
import type { Executor } from "../ledger/unit.ts";
import { visible } from "../studyPaths.ts";
import { type AttemptPlace, acceptJob, type CheckUnit, runAttempt } from "./queueAttempt.ts";
import { type QueueOutcome, runOfJob } from "./queueJob.ts";
import { QueueLink } from "./queueLink.ts";
import {
  checkQueueNumbers,
  checkQueueOptions,
  programCode,
  type QueueOptions,
  type QueueSettings,
  queueDefaults,
  queuePrefix,
  runKey,
  stopKey,
} from "./queueOptions.ts";
import { QueueRoots } from "./queueRoots.ts";
import { RunExecutors } from "./queueRunExecutors.ts";

/** What happens to a unit at a worker; `interrupted` if it was broken off, for the reason given. */
export interface QueueUnitEvent {
  readonly type: "started" | "done" | "failed" | "interrupted";
  readonly label: string;
  readonly reason?: string;
}

/** What a worker does, and where. */
export interface QueueWorkerOptions extends QueueOptions {
  /** Folders that it works in; what leads out of them is refused. */
  readonly roots: readonly string[];
  /** Makes who runs the units of a run; closed when another run's turn comes. */
  readonly createExecutor: () => Promise<Executor>;
  /** See `CheckUnit`. */
  readonly check: CheckUnit;
  /** Units at a time. Default 1, as units keep a core busy. */
  readonly concurrency?: number;
  /** See `queueDefaults`. */
  readonly lockSeconds?: number;
  /** Gets what happens to units. Default nobody. */
  readonly onUnit?: (event: QueueUnitEvent) => void;
  /** Ends the worker; the units at work go back into the queue. */
  readonly signal: AbortSignal;
}

/** What a worker has done. */
export interface QueueWorkerReport {
  readonly done: number;
  /** Those it refused included. */
  readonly failed: number;
}

/** Why an attempt is broken off. */
type Reason = "given back" | "stopped" | "orphan" | "lost" | "timeout";

interface Attempt {
  readonly run: string;
  readonly controller: AbortController;
  /** When its run was first found missing. */
  missing?: number;
}

const progressMilliseconds = 500;
const pollMilliseconds = 1000;
const endSeconds = 5;

/**
 * Runs units of a queue until it is aborted. A unit's errors are its outcome; only where the machine failed it is given to another worker.
 *
 * @throws ToolkitError `not-found` if Redis or a root is not there, `usage`, `bad-option`
 */
export async function runQueueWorker(options: QueueWorkerOptions): Promise<QueueWorkerReport> {
  const { queue, aliveSeconds, lockSeconds, concurrency } = { ...queueDefaults, ...options };
  checkQueueOptions("worker", { queue, aliveSeconds });
  checkQueueNumbers("worker", { lockSeconds }, { concurrency });
  const place = {
    program: programCode(options.codeHash),
    roots: await QueueRoots.open(options.roots),
    check: options.check,
    host: hostname(),
  };
  const link = await QueueLink.open(options.redis, options.onMessage);
  try {
    return await new QueueWorker(link, place, options).run();
  } finally {
    link.disconnect();
  }
}

class QueueWorker {
  readonly #link: QueueLink;
  readonly #place: AttemptPlace;
  readonly #options: QueueWorkerOptions & QueueSettings;
  readonly #executors: RunExecutors;
  readonly #active = new Map<string, Attempt>();
  readonly #tally = { done: 0, failed: 0 };
  #isPolling = false;

  constructor(link: QueueLink, place: AttemptPlace, options: QueueWorkerOptions) {
    this.#link = link;
    this.#place = place;
    this.#options = { ...queueDefaults, ...options };
    this.#executors = new RunExecutors(options.createExecutor);
  }

  async run(): Promise<QueueWorkerReport> {
    const { queue, lockSeconds, concurrency, signal, attempts } = this.#options;
    const { Worker, WaitingError } = await import("bullmq");
    const giveBack = async (job: Job, token: string | undefined) => {
      await this.#link.within(endSeconds, job.moveToWait(token));
      throw new WaitingError();
    };
    const worker: Worker<unknown, QueueOutcome> = new Worker(
      queue,
      (job, token) => this.#process(job, () => giveBack(job, token)),
      {
        connection: this.#link.client,
        prefix: queuePrefix,
        skipVersionCheck: true,
        concurrency,
        lockDuration: 1000 * lockSeconds,
        stalledInterval: 500 * lockSeconds,
        maxStalledCount: attempts - 1,
        runRetryDelay: 1000,
      },
    );
    worker.on("error", () => undefined); // of connections, which the link tells, and of attempts that lost their unit
    worker.on("lockRenewalFailed", (ids) => {
      for (const id of ids) this.#abort(id, "lost");
    });
    worker.on("completed", (job, outcome) => {
      // nobody is left to take it out
      if (outcome.kind === "orphan") job.remove().catch(() => undefined);
    });
    const ready = `worker: ready for units of queue ${queue} at ${this.#link.shown}`;
    worker.waitUntilReady().then(
      () => this.#options.onMessage?.(ready),
      () => undefined,
    );
    const timer = setInterval(() => void this.#poll(), pollMilliseconds);
    try {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      const closing = worker.close();
      for (const id of this.#active.keys()) this.#abort(id, "given back");
      if (this.#link.isGone) this.#link.disconnect();
      await this.#link.within(endSeconds + 1, closing);
      return this.#tally;
    } finally {
      clearInterval(timer);
      await this.#link.within(endSeconds, this.#executors.close());
    }
  }

  async #process(job: Job<unknown>, giveBack: () => Promise<never>): Promise<QueueOutcome> {
    const { signal: ending, queue, timeoutSeconds } = { timeoutSeconds: timeoutOf(job.data), ...this.#options };
    if (ending.aborted) return giveBack();
    const run = runOfJob(job.data);
    if (run !== undefined && !(await this.#link.client.exists(runKey(queue, run)))) return { kind: "orphan" };
    if (ending.aborted) return giveBack();
    const attempt: Attempt = { run: run ?? "", controller: new AbortController() };
    const { signal } = attempt.controller;
    const id = job.id!;
    this.#active.set(id, attempt);
    const timer =
      timeoutSeconds === undefined ? undefined : setTimeout(() => this.#abort(id, "timeout"), 1000 * timeoutSeconds);
    try {
      const outcome = await this.#attempt(job, signal);
      this.#tally[outcome.kind === "done" ? "done" : "failed"]++;
      return outcome;
    } catch (error) {
      switch (signal.reason as Reason | undefined) {
        case "given back":
          return await giveBack();
        case "stopped":
          return { kind: "stopped" };
        case "orphan":
          return { kind: "orphan" };
        case "timeout":
          throw new Error(`took longer than ${timeoutSeconds} s on host ${this.#place.host}`);
        default:
          throw new Error(`${this.#link.problemOf(error)} on host ${this.#place.host}`);
      }
    } finally {
      clearTimeout(timer);
      this.#active.delete(id);
    }
  }

  async #attempt(job: Job<unknown>, signal: AbortSignal): Promise<QueueOutcome> {
    const accepted = await acceptJob(job.data, this.#place).catch((error: unknown) => {
      if (!(error instanceof ToolkitError)) throw error;
      this.#tell("failed", labelOf(job.data), error.message);
      return { kind: "failed", code: error.code, message: error.message } as const;
    });
    if ("kind" in accepted) return accepted;
    const { label } = accepted.unit;
    const lease = await this.#executors.take(accepted.job.run);
    try {
      let last = 0;
      const progress = (done: number, total: number, label: string) => {
        if (Date.now() - last < progressMilliseconds && done < total) return;
        last = Date.now();
        job.updateProgress({ done, total, label }).catch(() => undefined);
      };
      this.#tell("started", label);
      const outcome = await runAttempt(accepted, lease.executor, { host: this.#place.host, signal, progress });
      if (outcome.kind === "done") this.#tell("done", label);
      else this.#tell("failed", label, "message" in outcome ? outcome.message : "");
      return outcome;
    } catch (error) {
      this.#tell("interrupted", label, signal.aborted ? String(signal.reason) : this.#link.problemOf(error));
      throw error;
    } finally {
      lease.release();
    }
  }

  #tell(type: QueueUnitEvent["type"], label: string, reason?: string): void {
    this.#options.onUnit?.({ type, label: visible(label), ...(reason !== undefined && { reason: visible(reason) }) });
  }

  #abort(id: string, reason: Reason): void {
    this.#active.get(id)?.controller.abort(reason);
  }

  /** Looks whether the units at work are still wanted. */
  async #poll(): Promise<void> {
    if (this.#isPolling || this.#active.size === 0) return;
    this.#isPolling = true;
    try {
      const { queue, aliveSeconds } = this.#options;
      for (const [id, attempt] of [...this.#active]) {
        const [isStopped, isAlive] = await Promise.all([
          this.#link.client.exists(stopKey(queue, id)),
          this.#link.client.exists(runKey(queue, attempt.run)),
        ]);
        if (isStopped) this.#abort(id, "stopped");
        if (isAlive) delete attempt.missing;
        else attempt.missing ??= Date.now();
        // a Redis that lost everything gets the run's key again as soon as the run sees it
        if (attempt.missing !== undefined && Date.now() - attempt.missing > 1000 * aliveSeconds)
          this.#abort(id, "orphan");
      }
    } catch {
      // Redis is gone; the link says so
    } finally {
      this.#isPolling = false;
    }
  }
}

/** The label of a unit that was not looked at yet. */
function labelOf(data: unknown): string {
  const { unit } = (data ?? {}) as { unit?: { label?: unknown } };
  return typeof unit?.label === "string" ? unit.label.slice(0, 200) : "a unit";
}

function timeoutOf(data: unknown): number | undefined {
  const { timeoutSeconds } = (data ?? {}) as { timeoutSeconds?: unknown };
  return typeof timeoutSeconds === "number" && timeoutSeconds > 0 && timeoutSeconds < 2e6 ? timeoutSeconds : undefined;
}

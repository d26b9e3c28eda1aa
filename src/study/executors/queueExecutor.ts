import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Job, Queue } from "bullmq";
import { checkNumber } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import type { Executor, Unit, UnitContext } from "../ledger/unit.ts";
import { adoptAttempt, removeAttempts } from "./queueAttemptFolder.ts";
import { parseQueueOutcome, parseQueueProgress, type QueueJob, type QueueOutcome } from "./queueJob.ts";
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

/** How units are run by workers on other machines. */
export interface QueueExecutorOptions extends QueueOptions {
  /** Longest that a worker may take for a unit; one that takes longer is given to another worker. Default no limit. */
  readonly timeoutSeconds?: number;
  /** See `queueDefaults`. */
  readonly inFlight?: number;
  /** See `queueDefaults`. */
  readonly attempts?: number;
  /** See `queueDefaults`. */
  readonly pollSeconds?: number;
}

/** A unit in the queue. */
interface Flight {
  readonly id: string;
  readonly job: QueueJob;
  readonly context: UnitContext;
  isAdded: boolean;
  isLooking: boolean;
  settle(outcome: QueueOutcome | Error): void;
}

const stopSeconds = 10;
const endSeconds = 5;

/**
 * Runs units on machines where `runQueueWorker` is at work, by a queue in Redis (BullMQ). Files go through storage that all machines
 * have at the same path. The results are the same bytes as without a queue.
 *
 * @throws ToolkitError `not-found` within 10 s if Redis is not there, `usage` for an address that is none, `bad-option`
 */
export async function queueExecutor(options: QueueExecutorOptions): Promise<Executor> {
  const settings = { ...queueDefaults, ...options };
  const { queue: name, aliveSeconds, pollSeconds, attempts, inFlight, timeoutSeconds } = settings;
  checkQueueOptions("queueExecutor", settings);
  checkQueueNumbers("queueExecutor", { pollSeconds }, { attempts, inFlight });
  if (timeoutSeconds !== undefined)
    checkNumber("queueExecutor", "timeoutSeconds", timeoutSeconds, { above: 0, to: 1e6 });
  checkNumber("queueExecutor", "pollSeconds", pollSeconds, { to: aliveSeconds / 3 });
  const link = await QueueLink.open(options.redis, options.onMessage);
  try {
    const run = new QueueRun(link, settings);
    await run.start();
    return run;
  } catch (error) {
    link.disconnect();
    if (error instanceof ToolkitError) throw error;
    throw new ToolkitError(
      "not-found",
      `redis: ${link.shown} cannot be used (${link.problemOf(error)}), queue ${name}`,
    );
  }
}

class QueueRun implements Executor {
  readonly concurrency: number;
  readonly #link: QueueLink;
  readonly #options: QueueExecutorOptions & QueueSettings;
  readonly #run = randomUUID().replaceAll("-", "");
  readonly #flights = new Map<string, Flight>();
  /** Jobs that a worker has not let go of. */
  readonly #left = new Set<string>();
  readonly #asides = new Set<string>();
  readonly #signals = new WeakSet<AbortSignal>();
  readonly #closing = new AbortController();
  #queue!: Queue;
  #events!: { close(): Promise<void> };
  #watching: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;
  #count = 0;
  #isAlone = false;

  constructor(link: QueueLink, options: QueueExecutorOptions & QueueSettings) {
    this.#link = link;
    this.#options = options;
    this.concurrency = options.inFlight;
  }

  async start(): Promise<void> {
    const { Queue, QueueEvents } = await import("bullmq");
    const { queue: name } = this.#options;
    const connection = this.#link.client;
    const shared = { connection, prefix: queuePrefix, skipVersionCheck: true };
    await this.#beat();
    this.#queue = new Queue(name, { ...shared, streams: { events: { maxLen: 1000 } } });
    this.#queue.on("error", () => undefined); // the link tells
    const events = new QueueEvents(name, shared);
    events.on("error", () => undefined);
    const look = ({ jobId }: { jobId: string }) => void this.#look(jobId);
    events.on("completed", look);
    events.on("failed", look);
    events.on("removed", look);
    events.on("progress", ({ jobId, data }) => {
      const progress = parseQueueProgress(data);
      const context = progress && this.#flights.get(jobId)?.context;
      context?.progress(progress!.done, progress!.total, progress!.label);
    });
    this.#events = events;
    this.#link.onBack(() => this.#wake());
    this.#watching = this.#watch();
  }

  async run(unit: Unit, context: UnitContext): Promise<void> {
    const { signal, folder: aside } = context;
    const stopped = () => new ToolkitError("aborted", `${unit.label}: stopped`);
    if (signal.aborted || this.#closing.signal.aborted) throw stopped();
    const id = `${this.#run}-${++this.#count}`;
    this.#asides.add(aside);
    this.#heed(signal);
    try {
      const outcome = await new Promise<QueueOutcome>((settle, fail) => {
        const flight: Flight = {
          id,
          job: this.#jobOf(unit, context),
          context,
          isAdded: false,
          isLooking: false,
          settle: (result) => (result instanceof Error ? fail(result) : settle(result)),
        };
        this.#flights.set(id, flight);
        void this.#add(flight);
      });
      if (outcome.kind === "stopped" || outcome.kind === "orphan") throw stopped();
      if (outcome.kind === "failed") throw new ToolkitError(outcome.code, outcome.message);
      if (outcome.kind === "unexpected") throw defectOf(outcome);
      await adoptAttempt(aside, outcome);
    } finally {
      this.#flights.delete(id);
      await this.#link.within(endSeconds, this.#takeOut(id));
      await removeAttempts(aside);
    }
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#wake();
    await Promise.all([...this.#flights.keys()].map((id) => this.#stop(id)));
    await this.#link.within(endSeconds, this.#watching);
    await this.#link.within(
      endSeconds,
      (async () => {
        // their workers are gone, or find it out when they want to keep the unit
        for (const id of this.#left) {
          await this.#link.client.del(`${this.#queue.toKey(id)}:lock`, stopKey(this.#options.queue, id));
          await this.#takeOut(id);
        }
        await this.#link.client.del(runKey(this.#options.queue, this.#run));
      })(),
    );
    for (const aside of this.#asides) await removeAttempts(aside);
    await this.#link.close(this.#events, this.#queue);
  }

  /** Listens to a signal once, however many units have it. */
  #heed(signal: AbortSignal): void {
    if (this.#signals.has(signal)) return;
    this.#signals.add(signal);
    const stop = () => {
      for (const [id, { context }] of this.#flights) if (context.signal === signal) void this.#stop(id);
    };
    signal.addEventListener("abort", stop, { once: true, signal: this.#closing.signal });
  }

  #jobOf(unit: Unit, { folder, needs }: UnitContext): QueueJob {
    const { timeoutSeconds, codeHash } = this.#options;
    const { id, kind, label, options, job, memoryBytes, weight } = unit;
    return {
      run: this.#run,
      ...programCode(codeHash),
      unit: {
        ...{ id, kind, label, needs: [...unit.needs], options, job },
        inputs: unit.inputs.map((path) => resolve(path)),
        ...(memoryBytes !== undefined && { memoryBytes }),
        ...(weight !== undefined && { weight }),
      },
      aside: resolve(folder),
      needs: unit.needs.map((need) => [need, resolve(needs.get(need)!)]),
      ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    };
  }

  /** Puts a unit into the queue; one that is there already stays as it is. */
  async #add(flight: Flight): Promise<void> {
    const { attempts } = this.#options;
    try {
      await this.#queue.add("unit", flight.job, {
        jobId: flight.id,
        attempts,
        backoff: { type: "exponential", delay: 1000 },
        // of a run that died; this one takes its own out
        removeOnComplete: { age: 3600 },
        removeOnFail: { age: 3600 },
      });
      flight.isAdded = true;
      if (!this.#flights.has(flight.id)) await this.#takeOut(flight.id);
    } catch (error) {
      // too large or cyclic data will not get better, a full or failing Redis may
      if (error instanceof TypeError || error instanceof RangeError) flight.settle(error);
      else if (!this.#closing.signal.aborted)
        this.#say(`redis: a unit was not taken (${this.#link.problemOf(error)}); trying again`);
    }
  }

  /** Looks what has become of a unit: of one that Redis has lost nothing, and it is added again. */
  async #look(id: string): Promise<void> {
    const flight = this.#flights.get(id);
    if (flight === undefined || flight.isLooking || !flight.isAdded) return;
    flight.isLooking = true;
    try {
      const { Job } = await import("bullmq");
      const job: Job | undefined = await Job.fromId(this.#queue, id);
      if (!this.#flights.has(id)) return;
      const isStopping = flight.context.signal.aborted || this.#closing.signal.aborted;
      if (job === undefined) {
        if (isStopping) flight.settle({ kind: "stopped" });
        else await this.#add(flight);
      } else if (job.finishedOn !== undefined) await this.#conclude(flight, job, isStopping);
    } catch (error) {
      if (error instanceof ToolkitError) flight.settle(error);
    } finally {
      flight.isLooking = false;
    }
  }

  async #conclude(flight: Flight, job: Job, isStopping: boolean): Promise<void> {
    if (job.failedReason !== undefined) {
      const { attempts } = this.#options;
      const label = flight.job.unit.label;
      const reason = /stalled/.test(job.failedReason) ? "its workers gave no sign of life" : job.failedReason;
      flight.settle(
        new ToolkitError("not-found", `${label}: no worker brought it to its end in ${attempts} attempts: ${reason}`),
      );
      return;
    }
    const outcome = parseQueueOutcome(job.returnvalue);
    const isUnfounded = outcome.kind === "orphan" || outcome.kind === "stopped";
    if (isUnfounded && !isStopping) {
      // a worker that saw Redis before this run did took the run for dead
      await job.remove().catch(() => undefined);
      await this.#add(flight);
    } else flight.settle(outcome);
  }

  /** Stops a unit: takes it out if it waits, has its worker told if it is at work. */
  async #stop(id: string): Promise<void> {
    const flight = this.#flights.get(id);
    if (flight === undefined) return;
    const { queue } = this.#options;
    const telling = this.#link.client.set(stopKey(queue, id), "1", "EX", 600);
    await this.#link.within(stopSeconds, this.#untilLetGo(id, telling));
    flight.settle({ kind: "stopped" });
  }

  async #untilLetGo(id: string, telling: Promise<unknown>): Promise<void> {
    await telling;
    while (this.#flights.has(id)) {
      if (await this.#takeOut(id)) return;
      await delay(200);
    }
  }

  /**
   * Takes a job out of Redis, with what belongs to it.
   *
   * @returns false if a worker holds it
   */
  async #takeOut(id: string): Promise<boolean> {
    try {
      const isHeld = (await this.#queue.remove(id, { removeChildren: false })) === 0;
      if (isHeld) this.#left.add(id);
      else {
        this.#left.delete(id);
        await this.#link.client.del(stopKey(this.#options.queue, id));
      }
      return !isHeld;
    } catch {
      this.#left.add(id);
      return false;
    }
  }

  /** Gives signs of life and looks after the units, in case that Redis or a worker lost them. */
  async #watch(): Promise<void> {
    const { pollSeconds } = this.#options;
    while (!this.#closing.signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000 * pollSeconds);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (this.#closing.signal.aborted) return;
      try {
        await this.#beat();
        for (const flight of [...this.#flights.values()]) {
          if (flight.isAdded) await this.#look(flight.id);
          else await this.#add(flight);
        }
        await this.#lookForWorkers();
      } catch {
        // Redis is gone; the link says so
      }
    }
  }

  async #beat(): Promise<void> {
    const { queue, aliveSeconds } = this.#options;
    await this.#link.client.set(runKey(queue, this.#run), hostname(), "PX", Math.ceil(1000 * aliveSeconds));
  }

  async #lookForWorkers(): Promise<void> {
    const { queue } = this.#options;
    const workers = await this.#queue.getWorkersCount().catch(() => 1); // some servers do not tell
    const isAlone = workers === 0 && this.#flights.size > 0;
    if (isAlone && !this.#isAlone) {
      this.#say(`queue ${queue}: no worker is there; start some with neurosteer worker --redis ${this.#link.shown}`);
    }
    this.#isAlone = isAlone;
  }

  #say(message: string): void {
    this.#options.onMessage?.(message);
  }
}

function defectOf({ name, message, stack }: Extract<QueueOutcome, { kind: "unexpected" }>): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { plainText } from "../../core/plainText.ts";
import { makeFolder, removeFolder } from "../../formats/file.ts";
import { queueExecutor } from "../../study/executors/queueExecutor.ts";
import { threadExecutor } from "../../study/executors/threadExecutor.ts";
import type { RunReport } from "../../study/ledger/runUnits.ts";
import { runUnits } from "../../study/ledger/runUnits.ts";
import type { Executor, RunUnit, Unit } from "../../study/ledger/unit.ts";
import type { StudyResults } from "../../study/results.ts";
import { type Shard, shardUnits } from "../../study/shardUnits.ts";
import { readStudyFile } from "../../study/studyFile.ts";
import { studyRecordOf, writeStudyRecord } from "../../study/studyRecord.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson } from "../io.ts";
import type { Joined } from "../joined.ts";
import { type ProgressMode, shownMode } from "../progress.ts";
import { createUnitProgress } from "../unitProgress.ts";
import { finishStudy, kindOfOut, ledgerName, refuseBusy, tellResults } from "./studyFinish.ts";

/** Options of `neurosteer run`. */
export interface RunOptions {
  out: string;
  seed?: number;
  resume?: boolean;
  overwrite?: boolean;
  partial?: boolean;
  /** Threads; default as many as the machine has cores. */
  workers?: number;
  shard?: Shard;
  /** Who runs units; default threads. */
  executor?: "threads" | "queue";
  /** Address of the queue's Redis. */
  redis?: string;
  queue?: string;
  /** Seconds that a worker may take for a unit. */
  timeout?: number;
  progress?: ProgressMode;
  json?: boolean;
}

/**
 * `neurosteer run STUDY --out DIR`: decodes, separates, scores and reports a study.
 *
 * @returns 0, or 3 if some trials (of a shard: units) failed
 */
export async function run(path: string, options: RunOptions, io: CommandIo, joined: Joined): Promise<number> {
  if (options.shard === undefined) return tellResults(await runStudy(path, options, io, joined), options, io);
  const { report } = await runPlanned(path, options, io, joined);
  const { counts, failures } = report;
  for (const { id, message } of failures) io.error(`failed: ${id}: ${plainText(message)}\n`);
  const { index, count } = options.shard;
  if (options.json) outJson(io, { out: options.out, shard: options.shard, ...counts, failures });
  io.error(
    `shard ${index} of ${count}: ${counts.done} units done, ${counts.cached} were, ${counts.failed} failed; put all together with neurosteer study merge\n`,
  );
  return failures.length > 0 ? exitCodes.someFailed : exitCodes.done;
}

/** The work of `run` on a whole study, without its printing. */
export async function runStudy(
  path: string,
  options: RunOptions,
  io: CommandIo,
  joined: Joined,
): Promise<StudyResults> {
  const { study, definition, report } = await runPlanned(path, options, io, joined);
  const folders = new Map(report.outcomes.flatMap(({ id, folder }) => (folder === undefined ? [] : [[id, folder]])));
  const { failures } = report;
  const { out, partial = false } = options;
  try {
    return await finishStudy(out, { study, definition, folders, failures, partial }, joined);
  } catch (error) {
    // a first run that came to nothing leaves nothing to go on with
    if (
      !options.resume &&
      report.outcomes.every(({ id, state }) => state === "failed" || !id.startsWith("separate/"))
    ) {
      await removeFolder(out);
    }
    throw error;
  }
}

/** Runs the units of a study, or those of a shard of it. */
async function runPlanned(path: string, options: RunOptions, io: CommandIo, joined: Joined) {
  const { out, seed, shard, progress = "auto" } = options;
  shownMode(io, progress); // refuses what cannot be before anything is made
  const definition = await readStudyFile(path, { seed });
  const study = await joined.studies.open(definition);
  const units = joined.studies.plan(study, definition);
  // a queue that is not there is told of before anything is made
  const executor = await executorOf(options, io, joined);
  try {
    await claimFolder(path, options);
    await writeStudyRecord(out, studyRecordOf(definition));
    const by = executor ?? joined.studies.run;
    const report = await runAll(shard ? shardUnits(units, shard) : units, by, options, io, joined);
    return { study, definition, report };
  } finally {
    await executor?.close();
  }
}

/** Refuses a folder with something in it, unless it is to be gone on with or replaced. */
async function claimFolder(study: string, { out, resume, overwrite }: RunOptions): Promise<void> {
  const holds = await kindOfOut(out);
  if (holds === "results" && (overwrite || resume)) await refuseBusy(out);
  if (holds === "results" && overwrite) await removeFolder(out);
  else if (holds === "results" && !resume) {
    throw new ToolkitError(
      "exists",
      `${out}: holds results of ${study} or another study; --resume goes on with what is done, --overwrite starts anew`,
    );
  }
  await makeFolder(out);
}

async function executorOf(
  { executor, redis, queue, timeout, workers = availableParallelism() }: RunOptions,
  io: CommandIo,
  joined: Joined,
): Promise<Executor | undefined> {
  if (executor === "queue") {
    if (redis === undefined) {
      throw new ToolkitError("usage", "run: --executor queue needs --redis, or NEUROSTEER_REDIS in the environment");
    }
    return queueExecutor({
      redis,
      ...(queue !== undefined && { queue }),
      ...(timeout !== undefined && { timeoutSeconds: timeout }),
      codeHash: await joined.codeHash(),
      onMessage: (message) => io.error(`${message}\n`),
    });
  }
  if (workers === 1 || joined.workerFile === undefined) return undefined;
  return threadExecutor({ workerFile: joined.workerFile, workers });
}

async function runAll(
  units: readonly Unit[],
  by: RunUnit | Executor,
  { out, progress: mode }: RunOptions,
  io: CommandIo,
  joined: Joined,
): Promise<RunReport> {
  const progress = createUnitProgress(io, { title: "run", units, ...(mode && { mode }) });
  const onAbort = () => progress.note("run: stopping; a second interrupt stops at once");
  io.signal.addEventListener("abort", onAbort, { once: true });
  try {
    const report = await runUnits(units, by, {
      root: join(out, ledgerName),
      codeHash: await joined.codeHash(),
      signal: io.signal,
      onEvent: (event) => progress.take(event),
    });
    if (report.stopped === undefined) return report;
    const { counts, stopped } = report;
    if (stopped.code !== "aborted") throw stopped;
    throw new ToolkitError(
      "aborted",
      `run: stopped with ${counts.done + counts.cached} of ${counts.planned} units done; the same command with --resume goes on`,
    );
  } finally {
    io.signal.removeEventListener("abort", onAbort);
    progress.stop();
  }
}

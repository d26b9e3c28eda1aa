import { availableParallelism } from "node:os";
import { join } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { makeFolder, removeFolder } from "../../formats/file.ts";
import { threadExecutor } from "../../study/executors/threadExecutor.ts";
import type { RunReport } from "../../study/ledger/runUnits.ts";
import { runUnits } from "../../study/ledger/runUnits.ts";
import type { Unit } from "../../study/ledger/unit.ts";
import type { StudyResults } from "../../study/results.ts";
import { type Shard, shardUnits } from "../../study/shardUnits.ts";
import { readStudyFile, type StudyDefinition } from "../../study/studyFile.ts";
import { studyRecordOf, writeStudyRecord } from "../../study/studyRecord.ts";
import { exitCodes } from "../exitCode.ts";
import type { CommandIo } from "../io.ts";
import type { Joined } from "../joined.ts";
import type { ProgressMode } from "../progress.ts";
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
  progress?: ProgressMode;
  json?: boolean;
}

/**
 * `neurosteer run STUDY --out DIR`: decodes, separates, scores and reports a study.
 *
 * @returns 0, or 3 if some trials failed
 */
export async function run(path: string, options: RunOptions, io: CommandIo, joined: Joined): Promise<number> {
  const results = await runStudy(path, options, io, joined);
  return results === undefined ? exitCodes.done : tellResults(results, options, io);
}

/** The work of `run`, without its printing; of a shard there are no results yet. */
export async function runStudy(
  path: string,
  options: RunOptions,
  io: CommandIo,
  joined: Joined,
): Promise<StudyResults | undefined> {
  const { out, seed, shard } = options;
  const file = await readStudyFile(path);
  const definition: StudyDefinition = seed === undefined ? file : { ...file, options: { ...file.options, seed } };
  const study = await joined.studies.open(definition);
  const units = joined.studies.plan(study, definition);
  await claimFolder(path, options);
  await writeStudyRecord(out, studyRecordOf(definition));
  const report = await runAll(shard ? shardUnits(units, shard) : units, options, io, joined);
  if (shard) {
    const { done, cached, failed } = report.counts;
    io.error(
      `shard ${shard.index} of ${shard.count}: ${done} units done, ${cached} were, ${failed} failed; put all together with neurosteer study merge\n`,
    );
    return undefined;
  }
  const folders = new Map(report.outcomes.flatMap(({ id, folder }) => (folder === undefined ? [] : [[id, folder]])));
  const { failures } = report;
  try {
    return await finishStudy(out, { study, definition, folders, failures, partial: options.partial ?? false }, joined);
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

async function runAll(
  units: readonly Unit[],
  { out, progress: mode, workers = availableParallelism() }: RunOptions,
  io: CommandIo,
  joined: Joined,
): Promise<RunReport> {
  const progress = createUnitProgress(io, { title: "run", units, ...(mode && { mode }) });
  const executor =
    workers > 1 && joined.workerFile !== undefined
      ? await threadExecutor({ workerFile: joined.workerFile, workers })
      : undefined;
  const onAbort = () => progress.note("run: stopping; what is done is kept, a second interrupt stops at once");
  io.signal.addEventListener("abort", onAbort, { once: true });
  try {
    const report = await runUnits(units, executor ?? joined.studies.run, {
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
    await executor?.close();
  }
}

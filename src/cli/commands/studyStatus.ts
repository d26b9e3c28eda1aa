import { join } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { plainText } from "../../core/plainText.ts";
import { pathKind } from "../../formats/file.ts";
import { type RunLock, type RunStatus, readRunStatus } from "../../study/runStatus.ts";
import { readStudyRecord, type StudyRecord, studyRecordName } from "../../study/studyRecord.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import { durationText } from "../progress.ts";
import { ledgerName } from "./studyFinish.ts";

/** Options of `neurosteer study status`. */
export interface StatusOptions {
  /** List every failure. */
  all?: boolean;
  json?: boolean;
}

const shownFailures = 10;

/**
 * `neurosteer study status DIR`: says how far the run in a results folder is, from the folder alone.
 *
 * @throws ToolkitError `not-found` for a folder without a run
 */
export async function studyStatus(out: string, { all, json }: StatusOptions, io: CommandIo): Promise<number> {
  const [ledger, record] = [join(out, ledgerName), join(out, studyRecordName)];
  if ((await pathKind(ledger)) === undefined && (await pathKind(record)) === undefined) {
    throw new ToolkitError("not-found", `${out}: holds no run of a study; name a folder that neurosteer run made`);
  }
  const study = (await pathKind(record)) === "file" ? await readStudyRecord(out) : undefined;
  const status = await readRunStatus(out, ledger);
  if (json) {
    const { folder, seed, version } = study ?? {};
    outJson(io, { out, ...(study && { study: { folder, seed, version } }), state: stateOf(status), ...status });
  } else for (const line of statusLines(status, study, all ?? false)) outLine(io, plainText(line));
  return exitCodes.done;
}

/** In one word. */
function stateOf({ lock, planned, done, failed }: RunStatus): "running" | "not started" | "unfinished" | "finished" {
  if (lock?.life === "alive" || lock?.life === "seen") return "running";
  if (planned === undefined && done === 0) return "not started";
  return planned === undefined || done + failed < planned ? "unfinished" : "finished";
}

function statusLines(status: RunStatus, study: StudyRecord | undefined, all: boolean): string[] {
  const { planned, done, failed, started, waiting, kinds, failures, lock, trials, results } = status;
  const state = stateOf(status);
  const lines = study ? [`study: ${study.folder}, seed ${study.seed}, neurosteer ${study.version}`] : [];
  const isRunning = state === "running";
  lines.push(
    `${state}: ${done} of ${planned ?? "?"} units done, ${failed} failed, ${started.length} ${isRunning ? "at work" : "cut off"}, ${waiting} waiting`,
  );
  if (lock) lines.push(lockText(lock));
  if (status.stopped !== undefined && !isRunning) lines.push(`the last run stopped early: ${status.stopped}`);
  for (const { kind, done: count, seconds } of kinds) {
    lines.push(`${kind}: ${count} done in ${durationText(seconds)} of work`);
  }
  if (isRunning) for (const id of started.slice(0, shownFailures)) lines.push(`at work: ${id}`);
  const shown = all ? failures : failures.slice(0, shownFailures);
  for (const { id, code, message } of shown) lines.push(`failed: ${id}: ${code}: ${message}`);
  if (shown.length < failures.length) lines.push(`and ${failures.length - shown.length} more failed; --all lists them`);
  const of = trials ? `: ${trials.done} of ${trials.planned} trials` : "";
  lines.push(`results: ${results === "none" ? "none yet" : results}${of}`);
  for (const remark of status.remarks) lines.push(remark);
  if (state === "unfinished") lines.push("neurosteer run with --resume goes on");
  return lines;
}

function lockText({ pid, host, started, life, silentSeconds }: RunLock): string {
  const who = `process ${pid} on ${host} since ${started}`;
  if (life === "alive") return `locked by ${who}, which is at work`;
  const silence = `gave its last sign of life ${durationText(silentSeconds)} ago`;
  if (life === "seen") return `locked by ${who}, another machine's, which ${silence}`;
  if (life === "silent") return `locked by ${who}, another machine's, which ${silence}; a run takes over`;
  return `left locked by ${who}, which is no more; a run takes over`;
}

import { join } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { plainText } from "../../core/plainText.ts";
import { listFolder, makeFolder, movePath, pathKind, removeFolder } from "../../formats/file.ts";
import { acceleratorName } from "../../separation/createModel.ts";
import type { UnitFailure } from "../../study/ledger/failureTable.ts";
import type { StudyResults } from "../../study/results.ts";
import { readRunLock } from "../../study/runStatus.ts";
import type { Study } from "../../study/study.ts";
import type { StudyDefinition } from "../../study/studyFile.ts";
import { studyRecordName } from "../../study/studyRecord.ts";
import { version } from "../../study/version.ts";
import { resultsFileName, type StudyOutput, writeResults } from "../../study/writeResults.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import type { Joined } from "../joined.ts";
import { summaryLines } from "../summary.ts";

/** The folder in a results folder that keeps finished units. */
export const ledgerName = "ledger";

/** A study whose units have been run, by one process or several. */
export interface FinishedStudy {
  readonly study: Study;
  readonly definition: StudyDefinition;
  /** Output folders of units, by id; those missing are not done. */
  readonly folders: ReadonlyMap<string, string>;
  readonly failures: readonly UnitFailure[];
  /** Compare methods although trials are missing. */
  readonly partial: boolean;
}

/** Puts the results of a study together and writes them to its results folder, in place of earlier ones. */
export async function finishStudy(
  out: string,
  { study, definition, folders, failures, partial }: FinishedStudy,
  { studies }: Joined,
): Promise<StudyResults> {
  const output = await studies.collect({
    study,
    definition,
    folderOf: (id) => folders.get(id),
    failures,
    provenance: {
      version,
      node: process.version,
      accelerator: acceleratorName(definition.options.separation.accelerator),
      seed: definition.options.seed,
    },
    partial,
  });
  await replaceResults(out, output);
  return output.results;
}

/**
 * Prints results and failures.
 *
 * @returns 0, or 3 if some trials failed
 */
export function tellResults(
  results: StudyResults,
  { out, json }: { out: string; json?: boolean },
  io: CommandIo,
): number {
  if (json) {
    const { details: _, ...numbers } = results;
    outJson(io, { out, ...numbers });
  } else for (const line of summaryLines(results, out)) outLine(io, line);
  for (const { subject, trial, message } of results.failures) {
    io.error(`${plainText(`failed: subject ${subject}${trial === "" ? "" : `, trial ${trial}`}: ${message}`)}\n`);
  }
  return results.failures.length > 0 ? exitCodes.someFailed : exitCodes.done;
}

/**
 * What a folder for results holds.
 *
 * @throws ToolkitError `exists` if it is a file, or holds something else
 */
export async function kindOfOut(out: string): Promise<"nothing" | "results"> {
  const kind = await pathKind(out);
  if (kind === "file") throw new ToolkitError("exists", `${out}: is a file; name a folder to make`);
  const names = kind === undefined ? [] : await listFolder(out);
  if (names.length === 0) return "nothing";
  // a run that was stopped at its very beginning left nothing but its record
  const isClaimed = names.length === 1 && names[0] === studyRecordName;
  if (isClaimed || names.includes(ledgerName) || names.includes(resultsFileName)) return "results";
  throw new ToolkitError("exists", `${out}: is there and holds no results; name another folder`);
}

/**
 * Refuses a results folder that a run is at work in.
 *
 * @throws ToolkitError `exists`
 */
export async function refuseBusy(out: string): Promise<void> {
  const lock = await readRunLock(join(out, ledgerName));
  if (lock?.life !== "alive" && lock?.life !== "seen") return;
  const { pid, host, started } = lock;
  throw new ToolkitError(
    "exists",
    `${out}: is in use by process ${pid} on ${host} since ${started}; wait for it to end, or name another folder`,
  );
}

/** Writes results beside those that are there, and takes their place when they are complete. */
async function replaceResults(out: string, output: StudyOutput): Promise<void> {
  const asideName = ".results";
  const kept = [ledgerName, studyRecordName, asideName];
  const aside = join(out, asideName);
  await removeFolder(aside);
  await makeFolder(aside);
  await writeResults(aside, output);
  const fresh = await listFolder(aside);
  for (const name of await listFolder(out)) {
    if (!kept.includes(name)) await removeFolder(join(out, name));
  }
  // the mark of complete results comes last
  for (const name of [...fresh.filter((each) => each !== resultsFileName), resultsFileName]) {
    await movePath(join(aside, name), join(out, name));
  }
  await removeFolder(aside);
}

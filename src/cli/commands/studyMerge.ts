import { join, resolve } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { toJson } from "../../core/json.ts";
import { plainText } from "../../core/plainText.ts";
import { makeFolder } from "../../formats/file.ts";
import { type MergeReport, mergeRoots } from "../../study/ledger/mergeRoots.ts";
import { type SettledUnits, settleMerged } from "../../study/settleMerged.ts";
import { readStudyFile, type StudyDefinition } from "../../study/studyFile.ts";
import {
  readStudyRecord,
  recordDifferences,
  recordedDefinition,
  type StudyRecord,
  studyRecordOf,
  writeStudyRecord,
} from "../../study/studyRecord.ts";
import { version } from "../../study/version.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import type { Joined } from "../joined.ts";
import { createProgress, type ProgressMode } from "../progress.ts";
import { finishStudy, kindOfOut, ledgerName, tellResults } from "./studyFinish.ts";
import { groupLines, planGroups } from "./studyPlan.ts";

/** Options of `neurosteer study merge`. */
export interface MergeStudyOptions {
  out: string;
  /** Where the study lies now; default where the runs had it. */
  study?: string;
  /** Write results although units are missing. */
  partial?: boolean;
  /** Of units with different keys take those that ended last. */
  newer?: boolean;
  progress?: ProgressMode;
  json?: boolean;
}

/**
 * `neurosteer study merge DIR... --out DIR`: puts the units of several runs of one study together and, if that is all of them, writes the
 * results as one run does. Doing it again changes nothing.
 *
 * @returns 0; 3 if units are missing or trials failed
 * @throws ToolkitError `bad-option` if the runs are not of one study, naming what differs; as `mergeRoots`
 */
export async function studyMerge(
  folders: readonly string[],
  options: MergeStudyOptions,
  io: CommandIo,
  joined: Joined,
): Promise<number> {
  const { out, partial = false, newer = false, progress: mode, json } = options;
  const progress = createProgress(io, "merge", mode);
  const step = (done: number, label: string) => {
    if (io.signal.aborted) throw new ToolkitError("aborted", "merge: stopped; the same command goes on");
    progress.update(done, 4, label);
  };
  try {
    const { record, definition } = await commonStudy(folders, options);
    const study = await joined.studies.open(definition);
    const units = joined.studies.plan(study, definition);
    await makeFolder(out);
    await writeStudyRecord(out, record);
    step(1, "copy and verify units");
    const root = join(out, ledgerName);
    const sources = folders.filter((each) => resolve(each) !== resolve(out)).map((each) => join(each, ledgerName));
    const report = await mergeRoots(sources, root, { newer });
    step(2, "compare units with the study");
    const settled = await settleMerged(units, { root, codeHash: await joined.codeHash(), sources });
    for (const line of remarkLines(report)) io.error(`${plainText(line)}\n`);
    if (settled.missing.length > 0 && !partial) {
      progress.stop();
      return tellMissing(report, settled, { out, units: units.length, ...(json && { json }) }, io);
    }
    step(3, "write results");
    const results = await finishStudy(out, { study, definition, ...settled, partial }, joined);
    progress.stop();
    return Math.max(
      tellResults(results, { out, ...(json && { json }) }, io),
      settled.missing.length > 0 ? exitCodes.someFailed : exitCodes.done,
    );
  } finally {
    progress.stop();
  }
}

/** The one study that all folders are of. */
async function commonStudy(
  folders: readonly string[],
  { out, study: given }: MergeStudyOptions,
): Promise<{ record: StudyRecord; definition: StudyDefinition }> {
  const all = [...folders, ...((await kindOfOut(out)) === "results" ? [out] : [])];
  const records = [];
  for (const folder of all) records.push({ folder, record: await readStudyRecord(folder) });
  const first = records[0]!;
  if (first.record.version !== version) {
    throw new ToolkitError(
      "bad-option",
      `merge: ${first.folder} was made by neurosteer ${first.record.version}, this is ${version}; use one version throughout`,
    );
  }
  let definition = await recordedDefinition(first.record, first.folder);
  if (given !== undefined) {
    const file = await readStudyFile(given);
    definition = { ...file, options: { ...file.options, seed: first.record.seed } };
  }
  const record = given === undefined ? first.record : JSON.parse(toJson(studyRecordOf(definition)));
  for (const other of records) {
    const differences = recordDifferences(record, other.record).filter((path) => path !== "folder" || !given);
    if (differences.length === 0) continue;
    const hint = differences.join() === "folder" ? "; if it is one study, name where it lies with --study" : "";
    const names = differences.slice(0, 5).join(", ");
    throw new ToolkitError(
      "bad-option",
      `merge: ${given ?? first.folder} and ${other.folder} are not of one study, they differ in ${names}${hint}`,
    );
  }
  return { record, definition };
}

function remarkLines({ merged, replaced, same, different, damaged }: MergeReport): string[] {
  return [
    `merge: ${merged.length} units copied, ${same.length} were there${replaced.length > 0 ? `, ${replaced.length} replaced by newer ones` : ""}`,
    ...different.map((id) => `unit ${id}: is there with the same key and other files; the one there stays`),
    ...damaged.map(({ id, root, reason }) => `unit ${id} of ${root}: left out, ${reason}`),
  ];
}

function tellMissing(
  report: MergeReport,
  { missing, folders, failures }: SettledUnits,
  { out, units, json }: { out: string; units: number; json?: boolean },
  io: CommandIo,
): number {
  const groups = planGroups(missing);
  const counts = { units, done: folders.size, failed: failures.length, missing: missing.length };
  if (json) {
    outJson(io, { out, complete: false, ...counts, groups, merged: report.merged.length });
    return exitCodes.someFailed;
  }
  outLine(
    io,
    `not complete: ${missing.length} of ${units} units are missing, ${failures.length} failed; no results were written`,
  );
  for (const line of groupLines(groups)) outLine(io, plainText(line));
  outLine(io, "merge the folders that have them as well, or write results without them with --partial");
  return exitCodes.someFailed;
}

import { ToolkitError } from "../../core/error.ts";
import { plainText } from "../../core/plainText.ts";
import type { Unit } from "../../study/ledger/unit.ts";
import { countText } from "../../study/report/numbers.ts";
import type { Study, StudyProblem } from "../../study/study.ts";
import { readStudyFile, type StudyDefinition } from "../../study/studyFile.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import type { Joined } from "../joined.ts";
import { durationText } from "../progress.ts";

/** Options of `neurosteer study check`. */
export interface CheckOptions {
  json?: boolean;
}

/** What a check found. */
interface Finding {
  readonly problems: readonly (Omit<StudyProblem, "subject"> & { readonly subject?: string })[];
  readonly study?: Study;
  readonly units?: readonly Unit[];
}

/**
 * `neurosteer study check STUDY`: reads the definition, opens the data, expands the methods, and lists what is wrong and what would
 * be run. Runs nothing.
 *
 * @returns 0, or 1 if there are problems
 */
export async function studyCheck(path: string, { json }: CheckOptions, io: CommandIo, joined: Joined): Promise<number> {
  const found = await check(path, joined);
  if (json) outJson(io, { ok: found.problems.length === 0, ...found, ...facts(found) });
  else for (const line of findingLines(path, found)) outLine(io, plainText(line));
  return found.problems.length === 0 ? exitCodes.done : exitCodes.defectiveInput;
}

async function check(path: string, { studies }: Joined): Promise<Finding> {
  let study: Study | undefined;
  try {
    const definition: StudyDefinition = await readStudyFile(path);
    study = await studies.open(definition);
    const units = studies.plan(study, definition);
    return { problems: study.problems, study, units };
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    const { code, message } = error;
    return { problems: [...(study?.problems ?? []), { code, message }], ...(study && { study }) };
  }
}

/** Replaces study and units by what is said of them. */
function facts({ study, units }: Finding) {
  return {
    study: study && {
      folder: study.folder,
      title: study.title,
      ...(study.synthetic !== undefined && { synthetic: study.synthetic }),
      ...(study.licence !== undefined && { licence: study.licence }),
      subjects: study.subjects.map(({ id, trials, solos = [] }) => ({
        id,
        trials: trials.length,
        solos: solos.length,
        seconds: trials.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0),
      })),
      mixtures: new Set(study.subjects.flatMap(({ trials }) => trials.map(({ mixture }) => mixture))).size,
      notes: study.notes,
    },
    units: units && unitCounts(units),
  };
}

function findingLines(path: string, found: Finding): string[] {
  const { study, units } = facts(found);
  const lines: string[] = [];
  if (study) {
    const trials = study.subjects.reduce((sum, each) => sum + each.trials, 0);
    const seconds = study.subjects.reduce((sum, each) => sum + each.seconds, 0);
    lines.push(
      `${study.title}: ${countText(study.subjects.length, "subject")}, ${countText(trials, "trial")} of ${countText(study.mixtures, "mixture")}, ${durationText(seconds)} of EEG`,
    );
    if (study.synthetic !== undefined) lines.push(`synthetic: ${study.synthetic}`);
    for (const note of study.notes) lines.push(`note: ${note}`);
  }
  if (units) {
    const kinds = Object.entries(units).map(([kind, count]) => `${kind} ${count}`);
    lines.push(`would run ${countText(found.units!.length, "unit")}: ${kinds.join(", ")}`);
  }
  for (const { subject, trial, message } of found.problems) {
    const where = subject === undefined ? "" : `subject ${subject}${trial === undefined ? "" : `, trial ${trial}`}: `;
    lines.push(`problem: ${where}${message}`);
  }
  lines.push(
    found.problems.length === 0 ? `${path}: no problems` : `${path}: ${countText(found.problems.length, "problem")}`,
  );
  return lines;
}

/** Number of units of each kind. */
export function unitCounts(units: readonly Unit[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of units) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

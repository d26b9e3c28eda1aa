import { join, resolve } from "node:path";
import { ToolkitError } from "../core/error.ts";
import { nearestName } from "../core/nearestName.ts";
import { pathKind } from "../formats/file.ts";
import { openBidsStudy } from "./bidsStudy.ts";
import { openFolderStudy } from "./folderStudy.ts";
import type { Study, StudySubject } from "./study.ts";
import type { StudyData, StudyDefinition } from "./studyFile.ts";
import { resolveInside } from "./studyPaths.ts";

/** Opens a corpus that this room does not know. */
export type OpenCorpus = (root: string, data: StudyData) => Promise<Study>;

/** Kinds of corpora besides BIDS and plain folders, by their name in study files. */
export type Corpora = Readonly<Partial<Record<NonNullable<StudyData["dataset"]>, OpenCorpus>>>;

/**
 * Opens the data of a study, without the subjects and trials that its definition leaves out.
 *
 * @param definition see `readStudyFile`
 * @param corpora kinds that other rooms know
 * @throws ToolkitError `not-found`, `bad-format`, also for data outside the study's folder and its roots, for subjects or trials
 *   to select or leave out that are not there, and if nothing is left
 */
export async function openStudy(definition: StudyDefinition, corpora: Corpora = {}): Promise<Study> {
  const { data } = definition;
  const root = await dataRoot(definition);
  const roots = data.roots.map((each) => resolve(definition.folder, each));
  const kind = data.dataset ?? (await kindOf(root));
  const study =
    kind === "bids"
      ? await openBidsStudy(root, { roots })
      : kind === "folder"
        ? await openFolderStudy(root, { roots })
        : await openOther(kind, root, data, corpora);
  return selectTrials(study, data);
}

async function dataRoot({ folder, data }: StudyDefinition): Promise<string> {
  if (data.root === undefined) return folder;
  const roots = data.roots.map((each) => resolve(folder, each));
  const root = resolveInside(folder, data.root, roots, { where: `${folder}: data.root` });
  if ((await pathKind(root)) === "folder") return root;
  throw new ToolkitError("not-found", `${folder}: data.root "${data.root}" is no folder (${root})`);
}

async function kindOf(root: string): Promise<"bids" | "folder"> {
  if ((await pathKind(join(root, "trials.tsv"))) === "file") return "folder";
  return "bids";
}

function openOther(kind: string, root: string, data: StudyData, corpora: Corpora): Promise<Study> {
  const open = corpora[kind as keyof Corpora];
  if (open !== undefined) return open(root, data);
  throw new ToolkitError("unsupported", `${root}: data.dataset "${kind}" cannot be opened here`);
}

/** The study without what is not selected or left out. */
function selectTrials(study: Study, { subjects: wanted, exclude }: StudyData): Study {
  const ids = [...study.subjects.map(({ id }) => id), ...study.problems.map(({ subject }) => subject)];
  for (const [field, names] of [
    ["data.subjects", wanted ?? []],
    ["data.exclude", exclude.map(({ subject }) => subject)],
  ] as const) {
    const unknown = names.find((name) => !ids.includes(name));
    if (unknown === undefined) continue;
    const like = nearestName(unknown, ids);
    throw new ToolkitError(
      "bad-format",
      `${study.folder}: ${field} names subject "${unknown}", which is not there; ${like === undefined ? `there are ${ids.join(", ")}` : `did you mean ${like}?`}`,
    );
  }
  for (const { subject, trial } of exclude) {
    const own = study.subjects.find(({ id }) => id === subject);
    if (trial === undefined || own === undefined || own.trials.some((each) => each.trial === trial)) continue;
    if (study.problems.some((problem) => problem.subject === subject && problem.trial === trial)) continue;
    throw new ToolkitError(
      "bad-format",
      `${study.folder}: data.exclude names trial "${trial}" of subject "${subject}", which is not there; there are ${own.trials.map((each) => each.trial).join(", ")}`,
    );
  }
  const isOut = (subject: string, trial?: string) =>
    (wanted !== undefined && !wanted.includes(subject)) ||
    exclude.some((each) => each.subject === subject && (each.trial === undefined || each.trial === trial));
  const subjects = study.subjects
    .map(
      (subject): StudySubject => ({
        ...subject,
        trials: subject.trials.filter(({ trial }) => !isOut(subject.id, trial)),
      }),
    )
    .filter(({ id, trials }) => trials.length > 0 && !isOut(id));
  if (subjects.length === 0) {
    throw new ToolkitError("bad-value", `${study.folder}: no trial is left after data.subjects and data.exclude`);
  }
  return { ...study, subjects, problems: study.problems.filter(({ subject, trial }) => !isOut(subject, trial)) };
}

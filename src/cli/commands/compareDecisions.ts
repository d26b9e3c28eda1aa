import { join } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { nearestName } from "../../core/nearestName.ts";
import { pathKind } from "../../formats/file.ts";
import { type McnemarResult, mcnemar } from "../../numeric/mcnemar.ts";
import type { Alternative } from "../../numeric/wilcoxon.ts";
import { readTable } from "../../study/bidsTable.ts";

/** Two decoders on the same trials. */
export interface DecoderComparison extends McnemarResult {
  readonly first: string;
  readonly second: string;
  readonly alternative: Alternative;
  readonly subjects: number;
  /** Trials that only one of the two has decided. */
  readonly leftOut: readonly { readonly subject: string; readonly trial: string; readonly missing: string }[];
  readonly warnings: readonly string[];
}

/** Decisions of a study, from `decisions.tsv`. */
export interface LoadedDecisions {
  readonly rows: readonly {
    readonly subject: string;
    readonly trial: string;
    readonly feature: string;
    /** Null where it is not known. */
    readonly correct: boolean | null;
  }[];
  /** Trials that failed, where there are any. */
  readonly missing?: string;
}

/**
 * Reads `decisions.tsv` of a results folder of `run` or `decode`, or a table of that kind.
 *
 * @throws ToolkitError `not-found`, `bad-format`
 */
export async function loadDecisions(path: string): Promise<LoadedDecisions> {
  const isFolder = (await pathKind(path)) === "folder";
  const table = isFolder ? join(path, "decisions.tsv") : path;
  const found = await readTable(table, ["subject", "trial", "feature", "correct"]);
  const rows = found.map(({ subject, trial, feature, correct }, i) => {
    const word = correct!.trim().toLowerCase();
    if (!["true", "false", "n/a"].includes(word)) {
      throw new ToolkitError(
        "bad-format",
        `${table}: row ${i + 2}: correct is "${correct}"; it must be true, false or n/a`,
      );
    }
    return { subject: subject!, trial: trial!, feature: feature!, correct: word === "n/a" ? null : word === "true" };
  });
  const failures = join(path, "failures.tsv");
  if (!isFolder || (await pathKind(failures)) === undefined) return { rows };
  const failed = await readTable(failures, ["subject", "trial"]);
  const names = failed.slice(0, 3).map(({ subject, trial }) => `subject ${subject}, trial ${trial}`);
  return { rows, missing: `${failed.length} failed: ${names.join("; ")}${failed.length > 3 ? "; ..." : ""}` };
}

/**
 * Whether one decoder is right more often than another: McNemar's exact test on the trials that both decided. A tie between sources
 * counts as wrong, as in the accuracies.
 *
 * @param decisions of a study
 * @param options names of the two features, and the alternative
 * @throws ToolkitError `bad-option` naming the nearest feature, `bad-format` for two decisions of one trial
 */
export function compareDecoders(
  { rows }: LoadedDecisions,
  { first, second, alternative }: { first: string; second: string; alternative: Alternative },
): DecoderComparison {
  const features = [...new Set(rows.map(({ feature }) => feature))];
  for (const name of [first, second]) checkKnown("feature", name, features);
  const answersOf = (name: string) => {
    const answers = new Map<string, (typeof rows)[number]>();
    for (const row of rows.filter(({ feature }) => feature === name)) {
      const key = JSON.stringify([row.subject, row.trial]);
      if (answers.has(key)) {
        throw new ToolkitError(
          "bad-format",
          `compare: ${name} has two decisions in subject ${row.subject}, trial ${row.trial}; one is needed`,
        );
      }
      answers.set(key, row);
    }
    return answers;
  };
  const [a, b] = [answersOf(first), answersOf(second)];
  const both = [...a.keys()].filter((key) => b.has(key));
  const result = mcnemar(
    both.map((key) => a.get(key)!.correct),
    both.map((key) => b.get(key)!.correct),
    { alternative },
  );
  const leftOut = [
    ...[...a].filter(([key]) => !b.has(key)).map(([, { subject, trial }]) => ({ subject, trial, missing: second })),
    ...[...b].filter(([key]) => !a.has(key)).map(([, { subject, trial }]) => ({ subject, trial, missing: first })),
  ];
  const subjects = new Set(both.map((key) => a.get(key)!.subject)).size;
  const warnings = [
    ...(both.length === 0 ? [`${first} and ${second} have no trial in common`] : []),
    ...(both.length > subjects
      ? [
          `${both.length} decisions of ${subjects} subjects: those of one subject are not independent, and p may be too small`,
        ]
      : []),
  ];
  return { first, second, alternative, ...result, subjects, leftOut, warnings };
}

/**
 * Refuses a name that is not there, with the one that may have been meant.
 *
 * @throws ToolkitError `bad-option`
 */
export function checkKnown(what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const near = nearestName(name, known) ?? known.find((each) => each.includes(name));
  throw new ToolkitError(
    "bad-option",
    `compare: there is no ${what} "${name}"; ${near === undefined ? "" : `did you mean ${near}? `}there are ${known.join(", ") || "none"}`,
  );
}

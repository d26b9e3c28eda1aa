import { ToolkitError } from "../../core/error.ts";
import { compareMethods } from "../../metrics/compareMethods.ts";
import type { DecodingSummary } from "../decodingSummary.ts";
import type { StudyResults } from "../results.ts";

/**
 * The results of one subject.
 *
 * Comparisons are made anew from the subject's trials, with the options of the study's. What is about the study as a whole stays: methods, controls,
 * identifiability, notes, origin, options. Measures of the link between decoding and separation, and everything that
 * is a summary of decisions over subjects, are left out.
 *
 * @param results of the study
 * @param subject one with scores or decisions
 * @param decoding summary of this subject's decisions alone, where there is one; otherwise curve, measures and nulls are left out
 * @throws ToolkitError `not-found` for a subject with neither
 */
export function subjectResults(results: StudyResults, subject: string, decoding?: DecodingSummary): StudyResults {
  const isOwn = (row: { readonly subject: string }) => row.subject === subject;
  const scores = results.scores.filter(isOwn);
  const decisions = results.decisions.filter(isOwn);
  if (scores.length === 0 && decisions.length === 0) {
    const rows = [...results.scores, ...results.decisions];
    const known = [...new Set(rows.map((row) => row.subject))].join(", ") || "none";
    throw new ToolkitError(
      "not-found",
      `renderSubjectReport: subject ${JSON.stringify(subject)} has neither scores nor decisions; there are those of ${known}`,
    );
  }
  const { joint: _, partial: __, comparisons, decoding: whole, ...rest } = results;
  const failures = results.failures.filter(isOwn);
  const trials = new Set([...scores, ...decisions, ...failures].map(({ trial }) => trial));
  const baseline = comparisons?.options.baseline;
  return {
    ...rest,
    scores,
    methods: results.methods.filter(({ id }) => scores.some(({ method }) => method === id)),
    decisions,
    decoding: decoding ?? {
      ...whole,
      features: [],
      audits: whole.audits.filter(isOwn),
      warnings: [],
    },
    failures,
    details: results.details.filter(isOwn),
    plannedTrials: trials.size,
    ...(results.exclusions && { exclusions: results.exclusions.filter(isOwn) }),
    ...(results.patterns && { patterns: results.patterns.filter(isOwn) }),
    ...(comparisons &&
      scores.some(({ method }) => method === baseline) && {
        comparisons: compareMethods(
          scores
            .filter(({ method }) => method === baseline || comparisons.comparisons.some((row) => row.method === method))
            .map(({ method, trial, sdr }) => ({ method, subject, trial, value: sdr })),
          comparisons.options,
        ),
      }),
  };
}

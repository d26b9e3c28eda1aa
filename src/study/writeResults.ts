import { join } from "node:path";
import { toJson } from "../core/json.ts";
import { copyBytes, writeBytes } from "../formats/file.ts";
import type { DecodingSummary } from "./decodingSummary.ts";
import { unitId } from "./ledger/unitId.ts";
import { figureData } from "./report/figureData.ts";
import { renderReport } from "./report/renderReport.ts";
import { renderSubjectReport } from "./report/renderSubjectReport.ts";
import type { StudyResults } from "./results.ts";
import { scoreColumns } from "./scoreColumns.ts";
import { encodeTable, writeDecoding } from "./writeDecoding.ts";

/** An estimate of the attended source as a unit left it. */
export interface AudioFile {
  readonly subject: string;
  readonly trial: string;
  /** `MethodInfo.id`. */
  readonly method: string;
  /** The estimate itself, or its framewise scores in museval's layout. */
  readonly ending: ".wav" | ".museval.json";
  /** Where it is. */
  readonly from: string;
}

/** A study put together: what `writeResults` writes. */
export interface StudyOutput {
  readonly results: StudyResults;
  /** Files of units that belong to the results. */
  readonly files: readonly AudioFile[];
  /** What the decisions of each subject alone say, by subject, with the controls of the whole study. */
  readonly subjects: Readonly<Record<string, DecodingSummary>>;
}

/** The file of a results folder that holds everything but audio; it also marks such a folder. */
export const resultsFileName = "results.json";

/** The name of an estimate in a results folder. */
export function audioFileName({ subject, trial, method, ending }: Omit<AudioFile, "from">): string {
  const [folder, name] = [unitId(`sub-${subject}`), unitId(`sub-${subject}_trial-${trial}_desc-${method}`)];
  return `${folder}/${ending === ".wav" ? "audio" : "museval"}/${name}${ending}`;
}

/**
 * Writes the results of a study in the shape of BIDS derivatives: `dataset_description.json`, tables with a JSON of what their
 * columns mean, estimates below `sub-<id>/audio`, `results.json`, `provenance.json`, the report, a page a subject and the data of its
 * figures.
 *
 * @param folder an existing folder
 */
export async function writeResults(folder: string, { results, files, subjects }: StudyOutput): Promise<void> {
  const write = (name: string, content: string) => writeBytes(join(folder, name), content);
  const { details: _, ...numbers } = results;
  const note = partialNote(results);
  await write("dataset_description.json", `${toJson(description(results))}\n`);
  if (results.scores.length > 0) {
    await write("scores.tsv", encodeTable(results.scores.map((row) => ({ ...row, ...note }))));
    await write("scores.json", `${toJson(scoreColumns)}\n`);
    await write("scores_long.tsv", encodeTable(longRows(results).map((row) => ({ ...row, ...note }))));
  }
  if (results.comparisons) await write("comparisons.tsv", encodeTable(comparisonRows(results)));
  await writeDecoding(folder, results);
  if ((results.exclusions ?? []).length > 0) await write("exclusions.tsv", encodeTable(results.exclusions!));
  for (const file of files) await copyBytes(file.from, join(folder, audioFileName(file)));
  await write("provenance.json", `${toJson({ ...results.provenance, options: results.options })}\n`);
  const subjectPages = Object.fromEntries(Object.keys(subjects).map((id) => [id, pageName(id)]));
  await write("report.html", await renderReport(results, { subjectPages }));
  for (const [subject, decoding] of Object.entries(subjects)) {
    await write(pageName(subject), await renderSubjectReport(results, subject, { decoding }));
  }
  for (const [name, rows] of Object.entries(figureData(results))) {
    await write(`figures/${name}.json`, `${toJson(rows, 1)}\n`);
  }
  // last: a folder that bears this mark is complete
  await write(resultsFileName, `${toJson(numbers)}\n`);
}

function description({ title, synthetic, origin, provenance }: StudyResults) {
  return {
    Name: `${title}: attended sources`,
    BIDSVersion: "1.9.0",
    DatasetType: "derivative",
    GeneratedBy: [{ Name: "neurosteer", Version: provenance.version }],
    ...(origin?.licence !== undefined && { License: origin.licence }),
    ...(origin?.source !== undefined && { SourceDatasets: [{ URL: origin.source }] }),
    ...(synthetic !== undefined && { Synthetic: synthetic }),
  };
}

function pageName(subject: string): string {
  return `${unitId(`report_sub-${subject}`)}.html`;
}

/** A column that says so in every row of a table that is not about all trials. */
function partialNote({ partial }: StudyResults): { partial?: string } {
  return partial === undefined ? {} : { partial: `${partial.done} of ${partial.planned} trials` };
}

/** One row a trial, method and metric. */
function longRows({ scores }: StudyResults) {
  const metrics = Object.keys(scoreColumns).filter((name) => scoreColumns[name]!.Units === "dB");
  return scores.flatMap((row) =>
    metrics.map((metric) => ({
      subject: row.subject,
      trial: row.trial,
      mixture: row.mixture,
      target: row.target,
      sources: row.sources,
      method: row.method,
      metric,
      value: row[metric as "sdr"],
    })),
  );
}

function comparisonRows(results: StudyResults) {
  const { comparisons, options } = results.comparisons!;
  return comparisons.map(({ method, difference, unit, test, pValue, adjustedPValue, effect, n, leftOut }) => ({
    method,
    baseline: options.baseline,
    metric: "sdr",
    difference: difference.estimate,
    low: difference.low,
    high: difference.high,
    unit,
    units: n.units,
    subjects: n.subjects,
    pairs: n.pairs,
    leftOut: leftOut.length,
    test: `${test.name} (${test.method})`,
    statistic: test.statistic,
    pValue,
    adjustedPValue,
    correction: options.correction,
    effect: effect.measure,
    effectSize: effect.estimate,
    effectLow: effect.low,
    effectHigh: effect.high,
    ...partialNote(results),
  }));
}

import { join } from "node:path";
import {
  type AudioFile,
  audioFileName,
  compareMethods,
  DecodingCollector,
  type FailureRow,
  jointMeasures,
  openFile,
  openWav,
  type ScalpPattern,
  type ScoreRow,
  type Study,
  type StudyDefinition,
  type StudyOptions,
  type StudyOutput,
  type StudyResults,
  type StudyTrial,
  spectrogramPicture,
  summariseDecoding,
  ToolkitError,
  type TrialDetail,
  toMono,
  typicalTrial,
} from "../../src/index.ts";
import { trialCount } from "../neuroSteered/decodeStudy.ts";
import { unitRows } from "../neuroSteered/matrices.ts";
import { methodsByFamily } from "../neuroSteered/methods/expandMethods.ts";
import type { SeparationMethod } from "../neuroSteered/methods/separationMethod.ts";
import { readActivations, readDecodedFeatures } from "./decodedFiles.ts";
import { studyUnitIds } from "./planStudy.ts";
import { readWindows } from "./preparedFiles.ts";
import { type DecodedFile, readJson, type SeparatedFile, unitFileNames } from "./unitFiles.ts";

/** A study whose units have been run. */
export interface FinishedUnits {
  readonly study: Study;
  readonly definition: StudyDefinition;
  readonly methods: readonly SeparationMethod[];
  /** Output folder of a unit; undefined where it is not done. */
  folderOf(unit: string): string | undefined;
  /** Units that failed. */
  readonly failures: readonly { readonly id: string; readonly code: string; readonly message: string }[];
  readonly provenance: StudyResults["provenance"];
  /** Compare methods although trials are missing. */
  readonly partial: boolean;
}

/** The method whose improvement decides which trial of a subject the report shows, where it is among the methods. */
const shownMethod = "contrastive-nmf-sphere";

/**
 * Puts the results of a study together from what its units wrote, in the order of the study whatever the order of the units.
 *
 * @throws ToolkitError `bad-value` if no trial was decoded, naming the first reason
 */
export async function collectStudy(finished: FinishedUnits): Promise<StudyOutput> {
  const { study, definition, methods, folderOf } = finished;
  const { options } = definition;
  const collector = new DecodingCollector();
  const failures = new FailureList(study, finished.failures);
  const patterns: ScalpPattern[] = [];
  const scores: ScoreRow[] = [];
  const details: TrialDetail[] = [];
  const audio: AudioFile[] = [];
  for (const subject of study.subjects) {
    const prepared = folderOf(studyUnitIds.prepare(subject.id));
    const decoded = folderOf(studyUnitIds.decode(subject.id));
    if (prepared !== undefined) collector.windows.push(...(await readWindows(prepared)));
    if (decoded !== undefined) {
      const file = await readJson<DecodedFile>(join(decoded, unitFileNames.decoded));
      collector.decisions.push(...file.decisions);
      collector.controls.push(...file.controls);
      collector.warnings.push(...file.warnings);
      collector.decoded.push(...(await readDecodedFeatures(decoded)));
      patterns.push(...file.patterns);
      for (const failure of file.failures) failures.add(failure);
    }
    const own: TrialScores[] = [];
    for (const trial of subject.trials) {
      const found = await readScores(trial, finished);
      if (found.rows.length > 0) own.push(found);
      scores.push(...inOrder(found.rows, methods));
      audio.push(...found.audio);
    }
    const detail = decoded && (await typicalDetail(own, decoded, finished));
    if (detail) details.push(detail);
  }
  failures.addUnits();
  if (collector.decisions.length === 0) {
    const first = failures.rows[0];
    throw new ToolkitError(
      "bad-value",
      `study: none of ${trialCount(study)} trials could be done${first ? `; the first reason: ${first.message}` : ""}`,
    );
  }
  const done = new Set(scores.map(({ subject, trial }) => `${subject}\n${trial}`)).size;
  const isPartial = methods.length > 0 && (done < trialCount(study) || study.problems.length > 0);
  const results: StudyResults = {
    title: study.title,
    ...(study.synthetic !== undefined && { synthetic: study.synthetic }),
    methods: methods.map(({ info }) => info).filter(({ id }) => scores.some(({ method }) => method === id)),
    scores,
    decisions: collector.decisions,
    decoding: collector.summary(options),
    failures: failures.rows,
    details,
    plannedTrials: trialCount(study) + study.problems.length,
    ...(isPartial && { partial: { done, planned: trialCount(study) + study.problems.length } }),
    ...(methods.length > 1 && (!isPartial || finished.partial) && compared(scores, definition)),
    ...joined(scores, collector, options.seed),
    exclusions: definition.data.exclude,
    notes: study.notes,
    origin: {
      ...(study.licence !== undefined && { licence: study.licence }),
      ...(study.citations !== undefined && { citations: study.citations }),
      ...(study.source !== undefined && { source: study.source }),
    },
    patterns,
    options,
    provenance: finished.provenance,
  };
  const files = audio.filter(({ ending }) => ending !== ".wav" || definition.outputs.audio);
  return { results, files, subjects: summariesBySubject(collector, options) };
}

/** Each subject's decisions by themselves. */
function summariesBySubject(all: DecodingCollector, options: StudyOptions): StudyOutput["subjects"] {
  const ids = [...new Set(all.decisions.map(({ subject }) => subject))];
  return Object.fromEntries(
    ids.map((id) => {
      const own = <T extends { readonly subject: string }>(rows: readonly T[]) =>
        rows.filter((row) => row.subject === id);
      const events = {
        decisions: own(all.decisions),
        decoded: own(all.decoded),
        controls: all.controls, // of the whole study: a subject has too few trials to tell a failed control from chance
        windows: own(all.windows),
        warnings: [],
      };
      return [id, summariseDecoding(events, options)];
    }),
  );
}

/** Failures of trials, each once, whichever unit came upon it first. */
class FailureList {
  readonly rows: FailureRow[] = [];
  readonly #study: Study;
  readonly #units: FinishedUnits["failures"];

  constructor(study: Study, units: FinishedUnits["failures"]) {
    this.#study = study;
    this.#units = units;
    for (const { subject, trial = "", code, message } of study.problems) this.add({ subject, trial, code, message });
  }

  add(row: FailureRow): void {
    if (!this.rows.some((known) => known.subject === row.subject && known.trial === row.trial)) this.rows.push(row);
  }

  /** What failed as a unit, where none of its trials is named already. */
  addUnits(): void {
    for (const { id, code, message } of this.#units) {
      for (const subject of this.#study.subjects) {
        const isSubject = [studyUnitIds.prepare(subject.id), studyUnitIds.decode(subject.id)].includes(id);
        for (const trial of subject.trials) {
          if (isSubject || id.startsWith(`${studyUnitIds.separate(trial, "x").slice(0, -1)}`)) {
            this.add({ subject: subject.id, trial: trial.trial, code, message });
          }
        }
      }
    }
  }
}

interface TrialScores {
  readonly trial: StudyTrial;
  readonly rows: readonly ScoreRow[];
  readonly costTraces: SeparatedFile["costTraces"];
  readonly rateHz: number;
  readonly audio: readonly AudioFile[];
}

async function readScores(trial: StudyTrial, { definition, methods, folderOf }: FinishedUnits): Promise<TrialScores> {
  const rows: ScoreRow[] = [];
  const costTraces: SeparatedFile["costTraces"][number][] = [];
  const audio: AudioFile[] = [];
  let rateHz = 0;
  for (const [{ family }] of methodsByFamily(methods)) {
    const folder = folderOf(studyUnitIds.separate(trial, family));
    if (folder === undefined) continue;
    const file = await readJson<SeparatedFile>(join(folder, unitFileNames.separated));
    rows.push(...file.rows);
    costTraces.push(...file.costTraces);
    if (file.rows.length > 0) rateHz = file.rateHz;
    const { subject, trial: name } = trial;
    for (const { method } of file.rows) {
      audio.push({ subject, trial: name, method, ending: ".wav", from: join(folder, `${method}.wav`) });
      if (!definition.outputs.museval) continue;
      const from = join(folder, `${method}.museval.json`);
      audio.push({ subject, trial: name, method, ending: ".museval.json", from });
    }
  }
  return { trial, rows, costTraces, rateHz, audio };
}

function inOrder(rows: readonly ScoreRow[], methods: readonly SeparationMethod[]): ScoreRow[] {
  return methods.flatMap(({ info }) => rows.filter(({ method }) => method === info.id));
}

function compared(
  scores: readonly ScoreRow[],
  { statistics, options: { seed } }: StudyDefinition,
): Pick<StudyResults, "comparisons"> {
  if (!scores.some(({ method }) => method === statistics.baseline)) return {};
  const rows = scores.map(({ method, subject, trial, sdr }) => ({ method, subject, trial, value: sdr }));
  return { comparisons: compareMethods(rows, { ...statistics, seed }) };
}

function joined(
  scores: readonly ScoreRow[],
  { decisions }: DecodingCollector,
  seed: number,
): Pick<StudyResults, "joint"> {
  const rows = scores.filter(({ method }) => method === shownMethod);
  const trials = rows.flatMap(({ subject, trial, sdrImprovement, sdr, sdrCompeting, target }) => {
    const decision = decisions.find(
      (each) => each.feature === "activations" && each.subject === subject && each.trial === trial,
    );
    if (decision === undefined) return [];
    const place = decision.sources.indexOf(target);
    const others = decision.correlations.filter((_, s) => s !== place);
    return [
      {
        subject,
        attendedCorrelation: decision.correlations[place]!,
        unattendedCorrelation: others.reduce((sum, value) => sum + value, 0) / others.length,
        gainDb: sdrImprovement,
        attendedSdrDb: sdr,
        competingSdrDb: sdrCompeting,
      },
    ];
  });
  return trials.length < 3 ? {} : { joint: { method: shownMethod, ...jointMeasures(trials, { seed }) } };
}

/** Everything the report shows of a subject's typical trial. */
async function typicalDetail(
  trials: readonly TrialScores[],
  decodedFolder: string,
  { study, methods, definition }: FinishedUnits,
): Promise<TrialDetail | undefined> {
  const shown =
    methods.find(({ info }) => info.id === shownMethod) ?? methods.find(({ info }) => info.role === "method");
  const rows = trials.flatMap((each) => each.rows.filter(({ method }) => method === shown?.info.id));
  if (shown === undefined || rows.length === 0) return undefined;
  const { trial: name, reason } = typicalTrial(rows, shown.info.label);
  const chosen = trials.find(({ trial }) => trial.trial === name)!;
  const { trial } = chosen;
  const sound = await study.readSound(trial);
  const decoded = (await readActivations(decodedFolder)).find((each) => each.trial.trial === name)!;
  const players: TrialDetail["players"][number][] = [
    { label: "Mixture", kind: "mixture", file: "", samples: Float64Array.from(sound.mixture) },
    {
      label: `Reference: ${trial.target}`,
      kind: "reference",
      file: "",
      samples: sound.stems[decoded.attended]!.samples,
    },
  ];
  for (const { info } of methods) {
    const file = chosen.audio.find(({ method, ending }) => method === info.id && ending === ".wav");
    if (file === undefined || info.id === "unprocessed-mixture") continue; // the mixture is the first player
    const path = definition.outputs.audio ? audioFileName(file) : "";
    players.push({
      label: info.label,
      kind: "estimate",
      method: info.id,
      file: path,
      samples: await readWav(file.from),
    });
  }
  return {
    subject: trial.subject,
    trial: trial.trial,
    mixture: trial.mixture,
    target: trial.target,
    audioRateHz: sound.rateHz,
    reason,
    decodedActivations: unitRows(decoded.decoded),
    trueActivations: unitRows(decoded.sourceAligned[decoded.attended]!),
    activationRateHz: definition.options.preprocessing.rateHz,
    costTraces: chosen.costTraces,
    players,
    spectrograms: players.map(({ kind, label, samples }) => ({
      label: kind === "reference" ? "Reference" : label,
      picture: spectrogramPicture(samples, sound.rateHz),
    })),
  };
}

async function readWav(path: string): Promise<Float64Array> {
  const source = await openFile(path);
  try {
    return toMono(await (await openWav(source)).read());
  } finally {
    await source.close();
  }
}

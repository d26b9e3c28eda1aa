import { concatMap, from, type Observable } from "rxjs";
import {
  bssEvalReferences,
  improvement,
  type ScoreRow,
  type Study,
  type StudyDefinition,
  type StudyOptions,
  siSdr,
} from "../../src/index.ts";
import type { DecodedActivations } from "./decodeSubject.ts";
import { unitRows } from "./matrices.ts";
import { expandMethods } from "./methods/expandMethods.ts";
import type { SeparationMethod } from "./methods/separationMethod.ts";
import { trialInput } from "./methods/trialInput.ts";
import { breathe, orFailure, type Stage } from "./stage.ts";

/** What the separation of a trial needs. */
export interface SeparationTask {
  readonly decoded: DecodedActivations;
  /** All decoded trials of the subject, in the order of presentation: a control borrows another one's activations. */
  readonly all: readonly DecodedActivations[];
  readonly study: Study;
  readonly methods: readonly SeparationMethod[];
  readonly options: StudyOptions;
}

/** The rows of a study's table. */
export function studyMethods({ methods, options }: Pick<StudyDefinition, "methods" | "options">): SeparationMethod[] {
  return expandMethods(methods, options.separation);
}

/** Separates each trial's mixture by every method and scores the estimates of the attended source. */
export function separateTrials(
  all: readonly DecodedActivations[],
  task: Omit<SeparationTask, "decoded" | "all">,
): Observable<Stage<never>> {
  return from(all).pipe(
    concatMap((decoded) => from(orFailure(decoded.trial, () => separateTrial({ ...task, decoded, all })))),
  );
}

/**
 * Separates a trial's mixture by some methods and scores the estimates of the attended source.
 *
 * @throws ToolkitError as `Study.readSound` and the methods
 */
export async function* separateTrial({
  decoded,
  all,
  study,
  methods,
  options,
}: SeparationTask): AsyncGenerator<Stage<never>> {
  const { trial, attended: target } = decoded;
  const sound = await study.readSound(trial);
  const input = trialInput({ decoded, other: otherTrial(decoded, all), sound }, options);
  const attended = sound.stems[target]!.samples;
  const references = bssEvalReferences(
    sound.stems.map(({ samples }) => samples),
    { filterLength: options.metrics.filterLength },
  );
  const score = (estimate: Float64Array): Scores => {
    const all = references.scoreAll(estimate);
    const { sdr, sir, sar } = all[target]!;
    const competing = Math.max(...all.filter((_, s) => s !== target).map((each) => each.sdr));
    return { sdr, sir, sar, siSdr: siSdr(attended, estimate), sdrCompeting: competing };
  };
  const mixtureScores = score(sound.mixture);
  const costTraces: { method: string; cost: readonly number[] }[] = [];
  for (const { info, separate } of methods) {
    await breathe();
    const output = separate(input);
    yield { kind: "step", label: `${trial.subject} trial ${trial.trial}: ${info.label}` };
    if (!output) continue;
    const { estimate, cost } = output;
    const scores = estimate === sound.mixture ? mixtureScores : score(estimate);
    const gain = improvement(scores, mixtureScores);
    if (cost) costTraces.push({ method: info.id, cost });
    const row: ScoreRow = {
      subject: trial.subject,
      trial: trial.trial,
      mixture: trial.mixture,
      target: trial.target,
      sources: sound.stems.length,
      method: info.id,
      ...scores,
      sdrImprovement: gain.sdr,
      sirImprovement: gain.sir,
      sarImprovement: gain.sar,
      siSdrImprovement: gain.siSdr,
    };
    yield { kind: "estimate", row, rateHz: sound.rateHz, samples: estimate };
  }
  yield {
    kind: "trial",
    detail: {
      subject: trial.subject,
      trial: trial.trial,
      mixture: trial.mixture,
      target: trial.target,
      audioRateHz: sound.rateHz,
      decodedActivations: unitRows(decoded.decoded),
      trueActivations: unitRows(decoded.sourceAligned[target]!),
      activationRateHz: options.preprocessing.rateHz,
      costTraces,
      mixtureSamples: sound.mixture,
      referenceSamples: attended,
    },
  };
}

type Scores = Pick<ScoreRow, "sdr" | "sir" | "sar" | "siSdr" | "sdrCompeting">;

/** The next trial with another mixture, in order of presentation, from the start again after the last; if there is one. */
function otherTrial(
  decoded: DecodedActivations,
  trials: readonly DecodedActivations[],
): DecodedActivations | undefined {
  const place = trials.indexOf(decoded);
  const following = [...trials.slice(place + 1), ...trials.slice(0, place)];
  return following.find(({ trial }) => trial.mixture !== decoded.trial.mixture);
}

import { concatMap, from, type Observable } from "rxjs";
import {
  type BssScores,
  bssEvalReferences,
  improvement,
  type Matrix,
  magnitude,
  type NmfResult,
  nmf,
  resampleToRate,
  row,
  type ScoreRow,
  type StudyOptions,
  siSdr,
  zeros,
} from "../../src/index.ts";
import { readTrialSound, studyStft, type TrialSound } from "./audio.ts";
import type { DecodedTrial } from "./decodeTrials.ts";
import { featureBand, rowsOf } from "./features.ts";
import { factorization, type SeparationInput, separationMethods } from "./methods.ts";
import { breathe, orFailure, type Stage } from "./stage.ts";

/**
 * Separates each trial's mixture by every method and scores the estimates of the attended source.
 *
 * @param trials all decoded trials of one subject
 * @param options see `studyDefaults`
 */
export function separateTrials(trials: DecodedTrial[], options: StudyOptions): Observable<Stage<never>> {
  return from(trials).pipe(
    concatMap((decoded) => from(orFailure(decoded.prepared.trial, () => separateTrial(decoded, trials, options)))),
  );
}

async function* separateTrial(
  decoded: DecodedTrial,
  trials: readonly DecodedTrial[],
  options: StudyOptions,
): AsyncGenerator<Stage<never>> {
  const { trial } = decoded.prepared;
  const sound = await readTrialSound(trial);
  const input = separationInput(decoded, otherTrial(decoded, trials), sound, options);
  const attended = sound.stems[sound.attended]!.samples;
  const references = bssEvalReferences(
    sound.stems.map(({ samples }) => samples),
    { filterLength: options.metrics.filterLength },
  );
  const score = (estimate: Float64Array): Scores => ({
    ...references.score(estimate, sound.attended),
    siSdr: siSdr(attended, estimate),
  });
  const mixtureScores = score(sound.mixture);
  const costTraces: { method: string; cost: readonly number[] }[] = [];
  for (const { info, separate } of separationMethods) {
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
      decodedActivations: decoded.decoded.map(unitNorm),
      trueActivations: decoded.trueAligned.map(unitNorm),
      activationRateHz: options.preprocessing.rateHz,
      costTraces,
      mixtureSamples: sound.mixture,
      referenceSamples: attended,
    },
  };
}

type Scores = BssScores & { readonly siSdr: number };

/** The next trial with another mixture, in order of presentation, from the start again after the last; if there is one. */
function otherTrial(decoded: DecodedTrial, trials: readonly DecodedTrial[]): DecodedTrial | undefined {
  const place = trials.indexOf(decoded);
  const following = [...trials.slice(place + 1), ...trials.slice(0, place)];
  return following.find(({ prepared }) => prepared.trial.mixture !== decoded.prepared.trial.mixture);
}

function separationInput(
  decoded: DecodedTrial,
  other: DecodedTrial | undefined,
  sound: TrialSound,
  options: StudyOptions,
): SeparationInput {
  const transform = studyStft(sound.mixture, sound.rateHz, options.spectrogram);
  const attended = sound.stems[sound.attended]!.samples;
  const rest = sound.mixture.map((sample, i) => sample - attended[i]!);
  const magnitudeOf = (samples: Float64Array) => magnitude(studyStft(samples, sound.rateHz, options.spectrogram));
  const frames = transform.frames;
  const frameSeconds = transform.options.hopSize / sound.rateHz;
  const spectrogram = magnitude(transform);
  const sources = sound.stems.length;
  const band = featureBand(options.preprocessing);
  let blind: NmfResult | undefined;
  return {
    mixture: sound.mixture,
    rateHz: sound.rateHz,
    transform,
    spectrogram,
    sources,
    blind: () => {
      blind ??= nmf(spectrogram, factorization({ sources, options }));
      return blind;
    },
    align: (activations) => matrixOf(band.align(rowsOf(activations), 1 / frameSeconds, decoded.prepared.times)),
    decodedGuide: matrixOf(decoded.decoded),
    ...(other && { otherDecodedGuide: matrixOf(other.decoded) }),
    guide: atFrames(decoded, frames, frameSeconds, options),
    ...(other && { otherGuide: atFrames(other, frames, frameSeconds, options) }),
    trueGuide: decoded.trueActivations,
    attendedMagnitude: magnitudeOf(attended),
    restMagnitude: magnitudeOf(rest),
    options,
  };
}

function matrixOf(rows: readonly Float64Array[]): Matrix<Float64Array> {
  const out = zeros(rows.length, rows[0]!.length);
  rows.forEach((values, k) => {
    row(out, k).set(values);
  });
  return out;
}

/** Decoded activations at the times of the spectrogram's frames; beyond their ends the last value stands. */
function atFrames(
  { decoded, prepared }: DecodedTrial,
  frames: number,
  frameSeconds: number,
  options: StudyOptions,
): Matrix<Float64Array> {
  const { times } = prepared;
  const source = { rateHz: options.preprocessing.rateHz, startSeconds: times[0]! };
  const target = { rateHz: 1 / frameSeconds, startSeconds: 0, samples: frames };
  const out = zeros(decoded.length, frames);
  decoded.forEach((values, k) => {
    row(out, k).set(resampleToRate(values, source, target));
  });
  return out;
}

function unitNorm(values: Float64Array): Float64Array {
  const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return norm > 0 ? values.map((value) => value / norm) : values;
}

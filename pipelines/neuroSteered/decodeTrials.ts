import { concatMap, from, type Observable } from "rxjs";
import {
  type DecisionRow,
  decideAttention,
  type Matrix,
  nmf,
  predictBackward,
  type StudyOptions,
  ToolkitError,
  trainBackwardModel,
} from "../../src/index.ts";
import { readTrialSound, studySpectrogram } from "./audio.ts";
import { columns, type FeatureBand, featureBand, rowsOf } from "./features.ts";
import type { PreparedTrial } from "./prepareTrials.ts";
import { breathe, orFailure, type Stage } from "./stage.ts";

/** A trial with what its EEG says about the attended source; no other data of the trial went into that. */
export interface DecodedTrial {
  readonly prepared: PreparedTrial;
  /** Decoded activations S_a at the EEG's times, [components][samples]; signed. */
  readonly decoded: readonly Float64Array[];
  /** Activations of the attended source itself in the same dictionary, [components, frames]. */
  readonly trueActivations: Matrix;
  /** The same, band-passed at the EEG's times, [components][samples]. */
  readonly trueAligned: readonly Float64Array[];
}

/**
 * Decodes each trial with models trained on the other trials of the subject: an NMF dictionary of their attended sources,
 * and backward models from their EEG to the activations in that dictionary and to the envelope.
 *
 * @param trials of one subject
 * @param options see `studyDefaults`
 */
export function decodeTrials(trials: PreparedTrial[], options: StudyOptions): Observable<Stage<DecodedTrial>> {
  const band = featureBand(options.preprocessing);
  return from(trials).pipe(
    concatMap((test) =>
      from(
        orFailure(test.trial, () =>
          decodeTrial(
            test,
            trials.filter((trial) => trial !== test),
            band,
            options,
          ),
        ),
      ),
    ),
  );
}

async function* decodeTrial(
  test: PreparedTrial,
  training: readonly PreparedTrial[],
  band: FeatureBand,
  options: StudyOptions,
): AsyncGenerator<Stage<DecodedTrial>> {
  const { trial } = test;
  if (training.length === 0) {
    throw new ToolkitError(
      "bad-value",
      `decode: ${trial.subject} has one usable trial; leaving it out leaves none to train on`,
    );
  }
  const { dictionary, activations } = learnDictionary(training, options);
  await breathe();
  const aligned = (rows: Matrix, prepared: PreparedTrial) =>
    band.align(rowsOf(rows), prepared.frameRateHz, prepared.times);

  const activationModel = trainBackwardModel(
    training.map((other, i) => ({ eeg: other.eeg, targets: aligned(activations[i]!, other) })),
    { ...options.decoder, rateHz: options.preprocessing.rateHz },
  );
  const envelopeModel = trainBackwardModel(
    training.map((other) => ({ eeg: other.eeg, targets: [other.envelopes[other.attended]!] })),
    { ...options.decoder, rateHz: options.preprocessing.rateHz },
  );
  await breathe();

  const sound = await readTrialSound(trial);
  const activationsOfSources = sound.stems.map(({ samples }) =>
    activationsIn(dictionary, studySpectrogram(samples, sound.rateHz, options.spectrogram), options),
  );
  const candidates = activationsOfSources.map((rows) => aligned(rows, test));
  const decoded = predictBackward(activationModel, test.eeg);
  const decodedEnvelope = predictBackward(envelopeModel, test.eeg);
  const names = sound.stems.map(({ name }) => name);
  yield decision(test, "activations", names, decideAttention(decoded, candidates));
  yield decision(
    test,
    "envelope",
    names,
    decideAttention(
      decodedEnvelope,
      test.envelopes.map((values) => [values]),
    ),
  );
  yield { kind: "step", label: `${trial.subject} trial ${trial.trial}: decoded` };
  yield {
    kind: "ready",
    value: {
      prepared: test,
      decoded,
      trueActivations: activationsOfSources[test.attended]!,
      trueAligned: candidates[test.attended]!,
    },
  };
}

/** NMF of the attended sources of the training trials, one after the other; activations are given trial by trial. */
function learnDictionary(
  training: readonly PreparedTrial[],
  options: StudyOptions,
): { dictionary: Matrix; activations: Matrix[] } {
  const spectrograms = training.map(({ attendedSpectrogram }) => attendedSpectrogram);
  const { dictionary, activations } = nmf(stackFrames(spectrograms), {
    components: options.separation.componentsPerSource,
    iterations: options.separation.iterations,
    accelerator: options.separation.accelerator,
    seed: options.seed,
  });
  let start = 0;
  const parts = spectrograms.map(({ rows: frames }) => {
    const part = columns(activations, start, start + frames);
    start += frames;
    return part;
  });
  return { dictionary, activations: parts };
}

/** Activations of a spectrogram in a dictionary that stays as it is. */
function activationsIn(dictionary: Matrix, spectrogram: Matrix, options: StudyOptions): Matrix {
  return nmf(spectrogram, {
    components: dictionary.rows,
    iterations: options.separation.iterations,
    accelerator: options.separation.accelerator,
    seed: options.seed,
    start: { dictionary },
    fixDictionary: true,
  }).activations;
}

function stackFrames(parts: readonly Matrix[]): Matrix<Float32Array> {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const bins = parts[0]!.columns;
  const other = parts.find((part) => part.columns !== bins);
  if (other) {
    throw new ToolkitError(
      "bad-shape",
      `decode: spectrograms of ${bins} and of ${other.columns} bins; all audio of a subject must have one rate`,
    );
  }
  const data = new Float32Array(rows * bins);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { rows, columns: bins, data };
}

function decision(
  { trial }: PreparedTrial,
  feature: DecisionRow["feature"],
  sources: readonly string[],
  { correlations, decided }: ReturnType<typeof decideAttention>,
): Stage<never> {
  const name = sources[decided];
  return {
    kind: "decision",
    row: {
      subject: trial.subject,
      trial: trial.trial,
      mixture: trial.mixture,
      target: trial.target,
      feature,
      sources,
      correlations,
      decided: name ?? "none",
      correct: name === trial.target,
    },
  };
}

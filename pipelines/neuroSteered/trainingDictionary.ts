import { type Matrix, nmf, type Study, type StudyOptions, ToolkitError } from "../../src/index.ts";
import { studySpectrogram, type TimedMagnitude } from "./audio.ts";
import { columns } from "./matrices.ts";
import type { PreparedTrial } from "./prepareSubject.ts";

/** An NMF of the attended sources of training trials. */
export interface TrainingDictionary {
  /** [components, bins] */
  readonly dictionary: Matrix;
  readonly frameRateHz: number;
  /** Activations of a training trial's attended source, [components, frames]. */
  activationsOf(trial: PreparedTrial): Matrix;
}

/**
 * Learns a dictionary of the attended sources of training trials, one after the other; a source that was attended in several
 * trials is there once. Components then mean the same in every trial.
 *
 * @throws ToolkitError `bad-shape` for audio of several rates
 */
export async function learnDictionary(
  training: readonly PreparedTrial[],
  study: Study,
  options: StudyOptions,
): Promise<TrainingDictionary> {
  const parts = new Map<string, { trial: PreparedTrial; start: number; frames: number }>();
  const spectrograms: TimedMagnitude[] = [];
  let start = 0;
  for (const trial of training) {
    const key = trial.features.fingerprints[trial.attended]!;
    if (parts.has(key)) continue;
    const sound = await study.readSound(trial.trial);
    const spectrogram = studySpectrogram(sound.stems[trial.attended]!.samples, sound.rateHz, options.spectrogram);
    const frames = spectrogram.magnitude.rows;
    parts.set(key, { trial, start, frames });
    spectrograms.push(spectrogram);
    start += frames;
  }
  const { dictionary, activations } = nmf(stackFrames(spectrograms), {
    ...factorizationOf(options),
    components: options.separation.componentsPerSource,
  });
  return {
    dictionary,
    frameRateHz: spectrograms[0]!.frameRateHz,
    activationsOf: (trial) => {
      const part = parts.get(trial.features.fingerprints[trial.attended]!)!;
      return columns(activations, part.start, part.start + part.frames);
    },
  };
}

/** Activations of a spectrogram in a dictionary that stays as it is, [components, frames]. */
export function activationsIn(dictionary: Matrix, spectrogram: Matrix, options: StudyOptions): Matrix {
  return nmf(spectrogram, {
    ...factorizationOf(options),
    components: dictionary.rows,
    start: { dictionary },
    fixDictionary: true,
  }).activations;
}

function factorizationOf({ separation, seed }: StudyOptions) {
  return { iterations: separation.iterations, accelerator: separation.accelerator, seed };
}

function stackFrames(parts: readonly TimedMagnitude[]): Matrix<Float32Array> {
  const rows = parts.reduce((sum, { magnitude }) => sum + magnitude.rows, 0);
  const bins = parts[0]!.magnitude.columns;
  const other = parts.find(({ magnitude }) => magnitude.columns !== bins);
  if (other) {
    throw new ToolkitError(
      "bad-shape",
      `decode: spectrograms of ${bins} and of ${other.magnitude.columns} bins; all audio must have one rate`,
    );
  }
  const data = new Float32Array(rows * bins);
  let at = 0;
  for (const { magnitude } of parts) {
    data.set(magnitude.data, at);
    at += magnitude.data.length;
  }
  return { rows, columns: bins, data };
}

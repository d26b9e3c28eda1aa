import { lastValueFrom } from "rxjs";
import {
  audioSource,
  join,
  type Matrix,
  magnitude,
  type SpectrogramOptions,
  type Stft,
  type StudyTrial,
  signalBlocks,
  stft,
  ToolkitError,
  toMono,
} from "../../src/index.ts";

/** The audio of a trial, mono, all of one length. */
export interface TrialSound {
  readonly rateHz: number;
  readonly mixture: Float64Array;
  /** Every source of the mixture; `attended` is the place of the target. */
  readonly stems: readonly { readonly name: string; readonly samples: Float64Array }[];
  readonly attended: number;
}

/** Largest difference allowed between the length of a mixture and the trial it is played in, in seconds. */
const lengthToleranceSeconds = 0.05;

/**
 * Reads the mixture and all stems of a trial.
 *
 * @throws ToolkitError for files that are missing, silent, or differ in rate or length, from each other or the trial
 */
export async function readTrialSound(trial: StudyTrial): Promise<TrialSound> {
  const mixture = await readMono(trial.mixtureFile);
  const seconds = mixture.samples.length / mixture.rateHz;
  if (Math.abs(seconds - trial.durationSeconds) > lengthToleranceSeconds) {
    throw new ToolkitError(
      "bad-shape",
      `${trial.mixtureFile}: lasts ${seconds.toFixed(3)} s, trial ${trial.trial} of ${trial.subject} ${trial.durationSeconds.toFixed(3)} s; they must agree within ${lengthToleranceSeconds} s`,
    );
  }
  const stems = [];
  for (const { name, file } of trial.stems) {
    const stem = await readMono(file);
    if (stem.rateHz !== mixture.rateHz || stem.samples.length !== mixture.samples.length) {
      throw new ToolkitError(
        "bad-shape",
        `${file}: ${stem.samples.length} samples at ${stem.rateHz} Hz; the mixture has ${mixture.samples.length} at ${mixture.rateHz} Hz`,
      );
    }
    stems.push({ name, samples: stem.samples });
  }
  const attended = stems.findIndex(({ name }) => name === trial.target);
  return { rateHz: mixture.rateHz, mixture: mixture.samples, stems, attended };
}

async function readMono(path: string): Promise<{ rateHz: number; samples: Float64Array }> {
  const signal = await lastValueFrom(signalBlocks(() => audioSource(path)).pipe(join()));
  const samples = toMono(signal);
  if (samples.every((sample) => sample === 0)) {
    throw new ToolkitError("bad-value", `${path}: all ${samples.length} samples are 0; a source that sounds is needed`);
  }
  return { rateHz: signal.rateHz, samples };
}

/** Short-time Fourier transform with the study's frame sizes. */
export function studyStft(samples: Float64Array, rateHz: number, options: SpectrogramOptions): Stft {
  return stft(samples, {
    windowSize: Math.max(1, Math.round(options.windowSeconds * rateHz)),
    hopSize: Math.max(1, Math.round(options.hopSeconds * rateHz)),
  });
}

/** Magnitude spectrogram with the study's frame sizes, single precision, [frames, bins]. */
export function studySpectrogram(
  samples: Float64Array,
  rateHz: number,
  options: SpectrogramOptions,
): Matrix<Float32Array> {
  const { rows, columns, data } = magnitude(studyStft(samples, rateHz, options));
  return { rows, columns, data: Float32Array.from(data) };
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../../src/core/random.ts";
import type { TrfTrial } from "../../../src/eeg/decoding/trfCovariance.ts";
import type { TrfOptions } from "../../../src/eeg/decoding/trfOptions.ts";

/** A solution recorded by test/fixtures/trf.py. */
export interface RecordedTrf {
  options: TrfOptions;
  weights: number[][];
  bias: number[];
}

/** What test/fixtures/trf.py recorded. */
export const recordedTrf = JSON.parse(readFileSync(join(import.meta.dirname, "../../fixtures/trf.json"), "utf8")) as {
  definition: RecordedTrf[];
  mne: RecordedTrf[];
  pattern: RecordedTrf & { patterns: number[][] };
};

/** Backward models recorded by test/fixtures/backwardModel.py of the same trials. */
export const recordedBackward = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../fixtures/backwardModel.json"), "utf8"),
) as (Pick<TrfOptions, "minLagSeconds" | "maxLagSeconds" | "edges" | "standardize"> & {
  lambda: number;
  lambdaScale: "relative" | "absolute";
  weights: number[][];
  bias: number[];
})[];

/** The trials of test/fixtures/trf.py. */
export const formulaTrials: TrfTrial[] = [0, 1, 2].map((trial) => {
  const make = (value: (t: number) => number) => Float64Array.from({ length: 90 }, (_, t) => value(t));
  const eeg = [0, 1, 2].map((c) =>
    make((t) => Math.sin(0.37 * t * (c + 1) + trial) + 0.5 * Math.cos(0.011 * t ** 2 + c) + 0.2 * c),
  );
  const stimulus = [0, 1].map((f) => make((t) => Math.cos(0.53 * t + f + trial) + 0.3 * eeg[f]![t]! + f));
  return { eeg, stimulus };
});

/** White noise, the same at every start. */
export function noise(name: string, samples: number): Float64Array {
  const random = createRandom(name);
  return Float64Array.from({ length: samples }, random.normal);
}

/** Unrelated EEG and stimulus. */
export function noiseTrial(name: string, channels: number, features: number, samples: number): TrfTrial {
  return {
    eeg: Array.from({ length: channels }, (_, c) => noise(`${name}/eeg${c}`, samples)),
    stimulus: Array.from({ length: features }, (_, f) => noise(`${name}/stimulus${f}`, samples)),
  };
}

/** EEG that follows the first feature by some samples, with noise on it. */
export function followingTrial(name: string, delay: number, gains: number[], level: number, samples = 400): TrfTrial {
  const stimulus = noise(name, samples);
  return {
    eeg: gains.map((gain, c) => {
      const random = noise(`${name}/noise${c}`, samples);
      return stimulus.map((_, t) => gain * (stimulus[t - delay] ?? 0) + level * random[t]!);
    }),
    stimulus: [stimulus],
  };
}

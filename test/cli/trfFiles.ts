import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../src/core/random.ts";
import type { TrfTrial } from "../../src/eeg/decoding/trfCovariance.ts";
import { encodeNpy, type NpyArray, readNpy } from "../../src/formats/npy.ts";

/** Writes series [columns][samples] as NPY, samples x columns. */
export function writeColumns(path: string, columns: readonly Float64Array[]): string {
  const samples = columns[0]!.length;
  const data = Float64Array.from(
    { length: samples * columns.length },
    (_, i) => columns[i % columns.length]![Math.floor(i / columns.length)]!,
  );
  writeFileSync(path, encodeNpy(data, [samples, columns.length]));
  return path;
}

/** Reads an NPY file. */
export const readArray = (path: string): NpyArray => readNpy(new Uint8Array(readFileSync(path)), path);

/** Reads a JSON file. */
export const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));

/** Options that name the files of trials, which they write first. */
export function trialFiles(folder: string, name: string, trials: readonly TrfTrial[]): string[] {
  const files = (kind: string, pick: (trial: TrfTrial) => readonly Float64Array[]) =>
    trials.map((trial, t) => writeColumns(join(folder, `${name}-${kind}${t}.npy`), pick(trial)));
  return [
    ...files("stimulus", ({ stimulus }) => stimulus).flatMap((path) => ["--stimulus", path]),
    ...files("response", ({ eeg }) => eeg).flatMap((path) => ["--response", path]),
  ];
}

/** Two stimulus features, and three channels of EEG that follow the first one by 2 samples, under noise. */
export function makeTrials(count: number, samples: number, seed = 1): TrfTrial[] {
  const random = createRandom(seed);
  const noise = (length: number) => Float64Array.from({ length }, () => random.uniform() - 0.5);
  return Array.from({ length: count }, (_, t) => {
    const length = samples + 3 * t;
    const stimulus = [noise(length), noise(length)];
    const eeg = [1, -0.5, 0.25].map((gain) =>
      noise(length).map((value, i) => value + gain * (stimulus[0]![i - 2] ?? 0)),
    );
    return { stimulus, eeg };
  });
}

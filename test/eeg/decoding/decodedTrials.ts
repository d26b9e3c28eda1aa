import { createRandom } from "../../../src/core/random.ts";
import type { DecodedTrial } from "../../../src/eeg/decoding/windowScores.ts";

/** Trials of white noise: what is decoded is `gain` times the attended source plus noise of variance 1. */
export function decodedTrials(
  name: string,
  {
    trials,
    samples,
    gain,
    sources = 2,
    features = 1,
  }: {
    trials: number;
    samples: number;
    gain: number;
    sources?: number;
    features?: number;
  },
): DecodedTrial[] {
  const random = createRandom(name);
  const noise = () => Float64Array.from({ length: samples }, () => random.normal());
  return Array.from({ length: trials }, () => {
    const candidates = Array.from({ length: sources }, () => Array.from({ length: features }, noise));
    const attended = random.below(sources);
    const decoded = candidates[attended]!.map((row) => noise().map((value, i) => value + gain * row[i]!));
    return { decoded, candidates, attended };
  });
}

import { createRandom } from "../../src/core/random.ts";
import type { EegSignal } from "../../src/eeg/eegSignal.ts";

/** EEG whose channels are mixtures of four common sources and a little noise of their own. */
export function simulatedEeg(names: readonly string[], { seconds = 10, rateHz = 128, seed = 1 } = {}): EegSignal {
  const random = createRandom(seed);
  const samples = Math.round(seconds * rateHz);
  const sources = Array.from({ length: 4 }, () => Float64Array.from({ length: samples }, () => random.normal()));
  const channels = names.map((_, c) => {
    const weights = sources.map((__, s) => 10 * (1 + Math.cos(c + 2 * s)));
    return Float64Array.from({ length: samples }, (__, i) =>
      sources.reduce((sum, source, s) => sum + weights[s]! * source[i]!, random.normal()),
    );
  });
  return { names, rateHz, channels };
}

/** The electrodes of the MAD-EEG corpus. */
export const madEegNames = "F3 F1 Fz F2 F4 C3 C1 Cz C2 C4 CPz P3 P1 Pz P2 P4 POz O1 Oz O2".split(" ");

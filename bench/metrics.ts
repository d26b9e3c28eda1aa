import { bssEvalSources } from "../src/metrics/bssEval.ts";
import type { BenchCase } from "./measure.ts";
import { noise } from "./noise.ts";

const rateHz = 44_100;

/** BSS Eval with permutation, from samples to scores: two sources of half a minute, three of six seconds. */
export const metricsCases: BenchCase[] = [
  { sources: 2, samples: 30 * rateHz, filterLength: 512 },
  { sources: 3, samples: 6 * rateHz, filterLength: 512 },
].map((sizes) => ({
  work: "bss eval",
  sizes,
  peers: true,
  setup: () => {
    const { sources, samples, filterLength } = sizes;
    const references = noise("references", sources, samples);
    // each estimate is its reference, half of another one and some artefacts, as a separation leaves them
    const artefacts = noise("artefacts", sources, samples);
    const estimates = references.map((reference, j) => {
      const other = references[(j + 1) % sources]!;
      return reference.map((value, i) => value + 0.5 * other[i]! + 0.1 * artefacts[j]![i]!);
    });
    return () => {
      bssEvalSources(references, estimates, { filterLength, permutation: "sir" });
    };
  },
}));

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bssEvalSources } from "../src/metrics/bssEval.ts";
import { bssEvalImagesFramewise } from "../src/metrics/bssEvalFramewise.ts";
import { bssEvalImages } from "../src/metrics/bssEvalImages.ts";
import { bssEvalV4 } from "../src/metrics/bssEvalV4.ts";
import type { BenchCase } from "./measure.ts";
import { noise } from "./noise.ts";

const rateHz = 44_100;

/** BSS Eval with permutation, from samples to scores: two sources of half a minute, three of six seconds. */
const sourcesCases: BenchCase[] = [
  { sources: 2, samples: 30 * rateHz, filterLength: 512 },
  { sources: 3, samples: 6 * rateHz, filterLength: 512 },
].map((sizes) => ({
  work: "metrics: bss eval sources",
  sizes,
  peers: true,
  setup: () => {
    const { sources, samples, filterLength } = sizes;
    const references = noise("references", sources, samples);
    const estimates = separated(references);
    return () => {
      bssEvalSources(references, estimates, { filterLength, permutation: "sir" });
    };
  },
}));

/** Two stereo sources of half a minute. */
const stereo = { sources: 2, channels: 2, samples: 30 * rateHz, filterLength: 512 };

type Images = readonly (readonly Float64Array[])[];

/** The versions that score images, with museval's windows of a second. */
const imageWays: Record<string, (references: Images, estimates: Images) => unknown> = {
  "version 3, whole": (references, estimates) => bssEvalImages(references, estimates),
  "version 3, windows of 1 s": (references, estimates) =>
    bssEvalImagesFramewise(references, estimates, { window: rateHz, hop: rateHz }),
  "version 4": (references, estimates) => bssEvalV4(references, estimates),
};

const imagesCase: BenchCase = {
  work: "metrics: bss eval images",
  sizes: stereo,
  peers: false,
  setup: () => {
    const signals = stereoSignals();
    return Object.entries(imageWays).map(([name, score]) => ({
      name,
      run: () => {
        score(signals.references, signals.estimates);
      },
      remark: () => `peak memory ${peakMegabytes(name)} MB in a process of its own, signals included`,
    }));
  },
};

/** BSS Eval of sources beside other toolkits, and of stereo images with the memory they take. */
export const metricsCases: BenchCase[] = [...sourcesCases, imagesCase];

/** Each estimate is its reference, half of another one and some artefacts, as a separation leaves them. */
function separated(references: readonly Float64Array[]): Float64Array[] {
  const artefacts = noise("artefacts", references.length, references[0]!.length);
  return references.map((reference, j) => {
    const other = references[(j + 1) % references.length]!;
    return reference.map((value, i) => value + 0.5 * other[i]! + 0.1 * artefacts[j]![i]!);
  });
}

function stereoSignals(): { references: Images; estimates: Images } {
  const flat = noise("references", stereo.sources * stereo.channels, stereo.samples);
  const inChannels = (signals: readonly Float64Array[]) =>
    Array.from({ length: stereo.sources }, (_, j) => signals.slice(j * stereo.channels, (j + 1) * stereo.channels));
  return { references: inChannels(flat), estimates: inChannels(separated(flat)) };
}

/** What the system says of a process that scores once: its greatest resident memory. */
function peakMegabytes(name: string): string {
  const { stdout, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "--memory", name]);
  return status === 0 ? String(stdout).trim() : "unknown";
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2] === "--memory") {
  const { references, estimates } = stereoSignals();
  imageWays[process.argv[3]!]!(references, estimates);
  console.log((process.resourceUsage().maxRSS / 1000).toFixed(0));
}

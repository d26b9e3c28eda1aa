import type { Matrix } from "../src/core/matrix.ts";
import { createRandom } from "../src/core/random.ts";
import { createConvolutiveModel } from "../src/separation/convolutiveKl.ts";
import { createKlModel } from "../src/separation/klModel.ts";
import type { BenchCase } from "./measure.ts";

const plainSizes = [
  { bins: 512, frames: 3000, components: 8 },
  { bins: 1025, frames: 1300, components: 16 },
  { bins: 1025, frames: 1300, components: 32 },
  { bins: 1025, frames: 2600, components: 64 },
];

const convolutiveSizes = [3, 5, 10].map((templateFrames) => ({
  bins: 321,
  frames: 1191,
  components: 10,
  templateFrames,
}));

/** One iteration of KL-NMF (activations, then dictionary), without and with the cost, and of its convolutive form (MM2). */
export const nmfCases: BenchCase[] = [
  ...plainSizes.map((sizes) => plainCase("kl-nmf iteration", sizes, false)),
  ...plainSizes.map((sizes) => plainCase("kl-nmf iteration with its cost", sizes, true)),
  ...convolutiveSizes.map(convolutiveCase),
];

function plainCase(work: string, sizes: (typeof plainSizes)[number], withDivergence: boolean): BenchCase {
  const { bins, frames, components } = sizes;
  return {
    work,
    sizes,
    flops: 8 * bins * frames * components,
    peers: !withDivergence,
    setup: () => {
      const model = createKlModel(
        positive("x", frames, bins),
        positive("w", components, bins),
        positive("h", components, frames),
      );
      return () => {
        model.updateActivations({ withDivergence });
        model.updateDictionary();
      };
    },
  };
}

function convolutiveCase(sizes: (typeof convolutiveSizes)[number]): BenchCase {
  const { bins, frames, components, templateFrames } = sizes;
  return {
    work: "convolutive kl-nmf iteration",
    sizes,
    flops: 8 * bins * frames * components * templateFrames,
    peers: true,
    setup: () => {
      const model = createConvolutiveModel(
        positive("x", frames, bins),
        positive("w", components * templateFrames, bins),
        positive("h", components, frames),
      );
      return () => {
        model.prepareActivations(false);
        model.applyActivations();
        model.updateDictionary();
      };
    },
  };
}

function positive(name: string, rows: number, columns: number): Matrix<Float32Array> {
  const random = createRandom(name);
  return { rows, columns, data: Float32Array.from({ length: rows * columns }, () => random.uniform() + 0.01) };
}

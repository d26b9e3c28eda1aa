import { type Matrix, row } from "../src/core/matrix.ts";
import { createRandom } from "../src/core/random.ts";
import { contrastiveNmfDefaults } from "../src/separation/contrastiveNmf.ts";
import { scaleToUnitNorm } from "../src/separation/guide.ts";
import { createKlModel } from "../src/separation/klModel.ts";
import { contrastBytes, createContrast, normalizeRows } from "../src/separation/sphereUpdate.ts";
import type { BenchCase } from "./measure.ts";

const sizes = [
  { bins: 512, frames: 3000, components: 8, guideRows: 4 },
  { bins: 1025, frames: 1300, components: 16, guideRows: 8 },
];

/** One iteration of contrastive NMF without its cost, with either update: to be compared with "kl-nmf iteration". */
export const contrastiveCases: BenchCase[] = [
  ...sizes.map((size) => contrastiveCase("contrastive nmf iteration", size, true)),
  ...sizes.map((size) => contrastiveCase("contrastive nmf iteration multiplicative", size, false)),
];

function contrastiveCase(work: string, size: (typeof sizes)[number], sphere: boolean): BenchCase {
  const { bins, frames, components, guideRows } = size;
  return {
    work,
    sizes: size,
    // the products of KL-NMF and those with the guide: two of each row
    flops: 8 * bins * frames * components + 4 * components * guideRows * frames,
    peers: false,
    setup: () => {
      const x = positive("x", frames, bins);
      const guide = positive("guide", guideRows, frames);
      for (let j = 0; j < guideRows; j++) scaleToUnitNorm(row(guide, j));
      const model = createKlModel(x, positive("w", components, bins), positive("h", components, frames), {
        extraBytes: contrastBytes(guideRows, frames),
      });
      normalizeRows(model);
      // the default weight
      const delta = (contrastiveNmfDefaults.delta * x.data.reduce((sum, value) => sum + value, 0)) / guideRows ** 2;
      const contrast = createContrast(model, guide, { attendedComponents: guideRows, delta, sparsity: 0 });
      return () => {
        const numerator = model.activationNumerator();
        if (sphere) contrast.sphereStep(numerator);
        else contrast.multiplicativeStep(numerator);
        model.updateDictionary();
        if (!sphere) normalizeRows(model);
      };
    },
  };
}

function positive(name: string, rows: number, columns: number): Matrix<Float64Array> {
  const random = createRandom(name);
  return { rows, columns, data: Float64Array.from({ length: rows * columns }, () => random.uniform() + 0.01) };
}

import { type Matrix, row } from "../src/core/matrix.ts";
import { contrastiveNmfDefaults } from "../src/separation/contrastiveNmf.ts";
import { scaleToUnitNorm } from "../src/separation/guide.ts";
import { multiplicativeRule } from "../src/separation/multiplicativeRule.ts";
import { contrastBytes, createContrast, normalizeRows } from "../src/separation/sphereUpdate.ts";
import { createTemplateModel } from "../src/separation/templateModel.ts";
import { type Variant, variants } from "./accelerators.ts";
import type { BenchCase, Contender } from "./measure.ts";
import { positive } from "./positive.ts";

const sizes = [
  { bins: 512, frames: 3000, components: 8, guideRows: 4 },
  { bins: 1025, frames: 1300, components: 16, guideRows: 8 },
  { bins: 1025, frames: 1300, components: 32, guideRows: 16 },
];

/** Iterations in a run: the first ones after a random start, whose searches on the sphere take longest. */
const iterations = 10;

/** Contrastive NMF from a random start, without its cost and with it: the mean of the first iterations. */
export const contrastiveCases: BenchCase[] = [
  ...sizes.map((size) => contrastiveCase("contrastive nmf iteration", size, false)),
  ...sizes.map((size) => contrastiveCase("contrastive nmf iteration with its cost", size, true)),
];

function contrastiveCase(work: string, size: (typeof sizes)[number], withCost: boolean): BenchCase {
  const { bins, frames, components, guideRows } = size;
  return {
    work,
    sizes: size,
    // the products of KL-NMF and those with the guide: two of each row
    flops: 8 * bins * frames * components + 4 * components * guideRows * frames,
    peers: true,
    setup: () => {
      const x = positive("x", frames, bins);
      const guide = positive("guide", guideRows, frames);
      for (let j = 0; j < guideRows; j++) scaleToUnitNorm(row(guide, j));
      return [
        ...variants("float32", "float64").map((variant) => contender({ x, guide, variant, components, withCost })),
        ...(withCost
          ? []
          : variants("float32").map((variant) => contender({ x, guide, variant, components, withCost, isRule: true }))),
      ];
    },
  };
}

interface ContenderSetting {
  x: Matrix<Float64Array>;
  guide: Matrix<Float64Array>;
  variant: Variant;
  components: number;
  withCost: boolean;
  /** The paper's rule in place of the update on the sphere. */
  isRule?: boolean;
}

/** What `contrastiveNmf` runs. */
function contender({ x, guide, variant, components, withCost, isRule = false }: ContenderSetting): Contender {
  const { accelerator, precision } = variant;
  const { rows: frames, columns: bins } = x;
  const start = { dictionary: positive("w", components, bins), activations: positive("h", components, frames) };
  const template = createTemplateModel(x, start.dictionary, start.activations, {
    beta: 1,
    precision,
    accelerator,
    extraBytes: contrastBytes(guide.rows, frames, precision),
  });
  // the default weight
  const delta = (contrastiveNmfDefaults.delta * x.data.reduce((sum, value) => sum + value, 0)) / guide.rows ** 2;
  const contrast = createContrast(template, guide, {
    attendedComponents: guide.rows,
    backgroundComponents: 0,
    delta,
    sparsity: 0,
  });
  const rule = multiplicativeRule(template, {
    order: "hw",
    exponent: 1,
    weightActivations: 0,
    weightDictionary: 0,
    learntActivations: [[0, components]],
    learntDictionary: [[0, components]],
    costOf: (divergence) => divergence - delta * contrast.value(),
    activations: {
      prepare: template.computeActivationTerms,
      apply: () => {
        if (isRule) {
          contrast.multiplicativeStep();
          normalizeRows(template);
        } else {
          contrast.sphereStep();
          template.shift();
        }
      },
    },
  });
  return {
    name: isRule ? `${variant.name}, multiplicative` : variant.name,
    iterations,
    run: () => {
      template.dictionary.set(start.dictionary.data);
      template.activations.set(start.activations.data);
      contrast.multipliers.fill(Number.NaN);
      normalizeRows(template);
      for (let i = 0; i < iterations; i++) {
        rule.prepare(withCost);
        rule.update(1);
      }
    },
  };
}

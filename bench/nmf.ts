import type { Matrix } from "../src/core/matrix.ts";
import type { ConvolutiveUpdate } from "../src/separation/convolutiveNmf.ts";
import { columnsBytes, columnsUpdate, heuristicUpdate } from "../src/separation/convolutiveUpdates.ts";
import type { UpdateRule } from "../src/separation/descent.ts";
import { monotoneExponent } from "../src/separation/factorizationOptions.ts";
import { multiplicativeRule, type UpdateOrder } from "../src/separation/multiplicativeRule.ts";
import { createTemplateModel } from "../src/separation/templateModel.ts";
import { type Variant, variants } from "./accelerators.ts";
import type { BenchCase, Contender } from "./measure.ts";
import { positive } from "./positive.ts";

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

/**
 * One iteration of NMF (activations, then dictionary): Kullback-Leibler without and with its cost, other divergences, and
 * the convolutive form with each update of its activations.
 */
export const nmfCases: BenchCase[] = [
  ...plainSizes.map((sizes) => plainCase("kl-nmf iteration", sizes, { joint: true })),
  ...plainSizes.map((sizes) => plainCase("kl-nmf iteration with its cost", sizes, { withCost: true })),
  ...[0, 0.5, 2].map((beta) => plainCase("beta-nmf iteration", { ...plainSizes[1]!, beta }, {})),
  ...convolutiveSizes.map(convolutiveCase),
];

interface PlainSizes {
  bins: number;
  frames: number;
  components: number;
  beta?: number;
}

function plainCase(
  work: string,
  sizes: PlainSizes & Record<string, number>,
  { withCost = false, joint = false }: { withCost?: boolean; joint?: boolean },
): BenchCase {
  const { bins, frames, components, beta = 1 } = sizes;
  return {
    work,
    sizes,
    ...(beta === 1 && { flops: 8 * bins * frames * components }),
    peers: !withCost,
    setup: () => {
      const x = positive("x", frames, bins);
      const contender = (variant: Variant, order: UpdateOrder): Contender => ({
        name: order === "joint" ? `${variant.name}, joint` : variant.name,
        run: iteration(ruleOf(x, { variant, components, beta, order }), withCost),
      });
      return [
        ...variants("float32", "float64").map((variant) => contender(variant, "hw")),
        ...(joint ? variants("float32").map((variant) => contender(variant, "joint")) : []),
      ];
    },
  };
}

function convolutiveCase(sizes: (typeof convolutiveSizes)[number]): BenchCase {
  const { bins, frames, components, templateFrames } = sizes;
  const names = { mm2: "MM2", heuristic: "heuristic", mm1: "MM1" } as const;
  const named = (variant: Variant, update: ConvolutiveUpdate) => `${names[update]}, ${variant.name}`;
  const [portable] = variants("float32") as [Variant];
  return {
    work: "convolutive kl-nmf iteration",
    sizes,
    flops: 8 * bins * frames * components * templateFrames,
    peers: true,
    baseline: named(portable, "heuristic"),
    setup: () => {
      const x = positive("x", frames, bins);
      const contender = (variant: Variant, update: ConvolutiveUpdate): Contender => ({
        name: named(variant, update),
        run: iteration(ruleOf(x, { variant, components, templateFrames, beta: 1, update, order: "hw" })),
      });
      return [
        ...variants("float32").map((variant) => contender(variant, "mm2")),
        contender(portable, "heuristic"),
        contender(portable, "mm1"),
      ];
    },
  };
}

function iteration(rule: UpdateRule, withCost = false): () => void {
  return () => {
    rule.prepare(withCost);
    rule.update(1);
  };
}

interface RuleSetting {
  variant: Variant;
  components: number;
  templateFrames?: number;
  beta: number;
  order: UpdateOrder;
  update?: ConvolutiveUpdate;
}

/** What `nmf` and `convolutiveNmf` run, from a random start. */
function ruleOf(x: Matrix<Float64Array>, setting: RuleSetting): UpdateRule {
  const { variant, components, templateFrames = 1, beta, order, update = "mm2" } = setting;
  const { accelerator, precision } = variant;
  const exponent = monotoneExponent(beta);
  const template = createTemplateModel(
    x,
    positive("w", components * templateFrames, x.columns),
    positive("h", components, x.rows),
    {
      beta,
      precision,
      accelerator,
      extraBytes: update === "mm1" ? columnsBytes(x, templateFrames, components) : 0,
    },
  );
  return multiplicativeRule(template, {
    order,
    exponent,
    weightActivations: 0,
    weightDictionary: 0,
    learntActivations: [[0, components]],
    learntDictionary: [[0, components * templateFrames]],
    costOf: (divergence) => divergence,
    ...(update === "mm1" && { activations: columnsUpdate(template, x, exponent) }),
    ...(update === "heuristic" && { activations: heuristicUpdate(template, exponent) }),
  });
}

import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { Matrix } from "../core/matrix.ts";
import { type DescentResult, descend, type UpdateRule } from "./descent.ts";
import { diagnoseFactors, type FactorDiagnostics } from "./diagnostics.ts";
import {
  type FactorizationOptions,
  factorizationDefaults,
  monotoneExponent,
  type OpenFactorizationOption,
  prepareData,
} from "./factorizationOptions.ts";
import { prepareGuide, type Rectification } from "./guide.ts";
import { halvingStep } from "./halvingStep.ts";
import { type MultiplicativeSetting, multiplicativeRule } from "./multiplicativeRule.ts";
import { inPrecision, scaled, sum } from "./scaling.ts";
import { contrastBytes, createContrast, normalizeRows } from "./sphereUpdate.ts";
import { createTemplateModel } from "./templateModel.ts";

/**
 * How the activations are updated.
 *
 * - `sphere` majorizes the cost on the sphere of unit rows and never raises it; beta 1 only
 * - `multiplicative` the paper's rule, whose normalisation after the step is no part of the step, so that the cost may rise (and
 *   then meets a tolerance above 0); beta 1 only
 * - `halving` a multiplicative step on the sphere, halved until the cost does not rise; any beta
 */
export type ContrastiveUpdate = "sphere" | "multiplicative" | "halving";

/** Options of {@link contrastiveNmf}. */
export interface ContrastiveNmfOptions extends FactorizationOptions {
  /** K, components of the whole mixture: attended ones first, then those of the other sources, then the background. */
  components: number;
  /** K_a: the first rows of H that model the attended source. Default: as many as the guide has rows. */
  attendedComponents?: number;
  /** The last rows of H, which model what belongs to no source and take no part in the contrast. Default 0. */
  backgroundComponents?: number;
  /** T, length of each component's patch in frames: above 1 the model is convolutive. Default 1. */
  templateFrames?: number;
  /** How the activations are updated. Default `sphere` at beta 1, else `halving`. */
  update?: ContrastiveUpdate;
  /** Weight of the contrast, 0 or more; 0 is plain NMF. Default 0.2. */
  delta?: number;
  /**
   * `relative` (default): the cost's delta is `delta * sum(X) / (K_a * guide rows)`, at another beta than 1 with the number of
   * entries times mean(X)^beta in place of the sum. The denominator bounds the contrast, so the weight is the largest gain of
   * the contrast as a share of the mixture's sum, and scaling the audio changes nothing. `absolute`: delta is that of the cost.
   */
  deltaScale?: "relative" | "absolute";
  /** mu, weight of the L1 norm of H (rows of unit l2 norm), in units of X^beta. Default 0. */
  sparsityActivations?: number;
  /** Weight of the L1 norm of W, in units of X^(beta-1). Default 0. */
  sparsityDictionary?: number;
  /** What becomes of negative entries of the guide. Default `relu`. */
  rectification?: Rectification;
}

/** Options of {@link contrastiveNmf} without a fixed default. */
type Open = OpenFactorizationOption | "attendedComponents" | "update";

/** Defaults of {@link contrastiveNmf}. */
export const contrastiveNmfDefaults = {
  ...factorizationDefaults,
  backgroundComponents: 0,
  templateFrames: 1,
  delta: 0.2,
  deltaScale: "relative",
  sparsityActivations: 0,
  sparsityDictionary: 0,
  rectification: "relu",
} as const satisfies Omit<Required<ContrastiveNmfOptions>, Open>;

/** Options of {@link contrastiveNmf} with every default filled in. */
export type ResolvedContrastiveNmfOptions = ContrastiveNmfOptions &
  Required<Omit<ContrastiveNmfOptions, OpenFactorizationOption>>;

/** What {@link contrastiveNmf} found. */
export interface ContrastiveNmfResult extends DescentResult {
  /** W, [components * templateFrames, bins], row k * templateFrames + t is w_k(t). */
  dictionary: Matrix;
  /** H, [components, frames]; rows of unit l2 norm, the first `attendedComponents` of them attended. */
  activations: Matrix;
  /** T, length of a patch in frames. */
  templateFrames: number;
  /** The weight of the contrast in the cost, absolute. */
  delta: number;
  /** The attended components, those of all other sources, and the background's, for masks. */
  groups: { attended: number[]; unattended: number[]; background: number[] };
  /** Components that stand for nothing: dead, uniform or in a single frame. */
  diagnostics: FactorDiagnostics;
  /** What computed the products. */
  accelerator: string;
  /** What is questionable but no error. */
  warnings: string[];
  /** The options as they were used. */
  options: ResolvedContrastiveNmfOptions;
}

const who = "contrastiveNmf";

/**
 * Contrastive non-negative matrix factorisation: NMF of a mixture whose first rows of activations are drawn towards a
 * guide (the attended source's activations, decoded from EEG) and whose others are pushed away from it.
 *
 * Minimises `D(X | WH) + mu |H|_1 + sparsityDictionary |W|_1 - delta (|H_a S'|_F^2 - |H_u S'|_F^2)`, rows of H and of
 * the guide S of unit l2 norm (Cantisani, Essid & Richard 2021, eq. 1, where D is the Kullback-Leibler divergence, and likewise
 * for any beta and for convolutive models). The default update never raises that cost beyond rounding;
 * docs/methods/contrastive-nmf.md derives it. `cost` is the cost above, at the start and after each iteration, at rows of unit
 * norm. For several other sources, those share the unattended rows: the contrast treats all of them alike.
 *
 * @param spectrogram X, magnitudes, [frames, bins]
 * @param guide S, [guide components, frames]; rectified and scaled to unit rows here. The order of its rows does not matter
 * @param options {@link ContrastiveNmfOptions}
 * @throws ToolkitError `bad-shape`, `bad-value` (negative or not finite entries, a guide row that is zero after
 *   rectification), `bad-option`, `unsupported` (an update that is for beta 1), `not-found` (a BLAS that is not there)
 */
export function contrastiveNmf(
  spectrogram: Matrix,
  guide: Matrix,
  options: ContrastiveNmfOptions,
): ContrastiveNmfResult {
  const beta = options.beta ?? contrastiveNmfDefaults.beta;
  const resolved: ResolvedContrastiveNmfOptions = {
    ...contrastiveNmfDefaults,
    update: beta === 1 ? "sphere" : "halving",
    ...options,
    attendedComponents: options.attendedComponents ?? guide.rows,
  };
  const { components, attendedComponents, backgroundComponents, templateFrames, precision, update } = resolved;
  checkWhole(who, "templateFrames", templateFrames, 1, spectrogram.rows);
  const data = prepareData(who, spectrogram, resolved, templateFrames);
  const { rows: frames, columns: bins } = spectrogram;
  const s = prepareGuide(guide, { rectification: resolved.rectification, who });
  if (s.columns !== frames) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: guide has ${s.columns} frames, the spectrogram ${frames}; resample the guide to the spectrogram's frames`,
    );
  }
  checkOptions(resolved);

  // X is divided by its mean and with it W, and the cost by the mean to the power beta; H has rows of unit norm at any scale
  const mean = data.unit ** 2;
  const costUnit = data.unit ** (2 * beta);
  const isRelative = resolved.deltaScale === "relative";
  const delta = isRelative
    ? (resolved.delta * frames * bins) / (attendedComponents * s.rows)
    : resolved.delta / costUnit;
  const sparsity = resolved.sparsityActivations / costUnit;
  const sparsityDictionary = (resolved.sparsityDictionary * mean) / costUnit;
  const template = createTemplateModel(
    data.spectrogram,
    data.factor("dictionary", components * templateFrames, bins),
    data.factor("activations", components, frames),
    { beta, precision, accelerator: resolved.accelerator, extraBytes: contrastBytes(s.rows, frames, precision) },
  );
  const { model } = template;
  const weights = { attendedComponents, backgroundComponents, delta, sparsity };
  const contrast = createContrast(template, s, weights);
  const penalty = (by: number, factor: Matrix["data"]) => (by === 0 ? 0 : by * sum(factor));
  const costOf = (divergence: number): number =>
    costUnit *
    (divergence +
      penalty(sparsity, template.activations) +
      penalty(sparsityDictionary, model.dictionary) -
      (delta === 0 ? 0 : delta * contrast.value()));
  const exponent = monotoneExponent(beta);
  const setting: MultiplicativeSetting = {
    order: "hw",
    exponent,
    weightActivations: 0,
    weightDictionary: sparsityDictionary,
    learntActivations: [[0, components]],
    learntDictionary: [[0, components * templateFrames]],
    costOf,
  };
  // with the divergence alone the norms of the rows are free: this is plain NMF, whose norms move into W at the end
  const isPlain = delta === 0 && sparsity === 0 && sparsityDictionary === 0;
  let rule: UpdateRule;
  if (isPlain) {
    rule = multiplicativeRule(template, setting);
  } else {
    normalizeRows(template);
    let current = Number.NaN;
    const plainRule = multiplicativeRule(template, {
      ...setting,
      activations: {
        prepare: (withDivergence) => {
          const divergence = template.computeActivationTerms(withDivergence);
          current = divergence;
          return divergence;
        },
        apply: () => {
          if (update === "halving") {
            const cost = () => costOf(model.divergence());
            halvingStep(template, Number.isNaN(current) ? cost() : costOf(current), {
              ...weights,
              contrast,
              sparsityDictionary,
              exponent,
              cost,
            });
            return;
          }
          if (update === "sphere") {
            contrast.sphereStep();
            template.shift();
          } else {
            contrast.multiplicativeStep();
            // before W's step, whose weight of the L1 norm holds for rows of unit norm
            normalizeRows(template);
          }
        },
      },
    });
    rule = { ...plainRule, state: { ...plainRule.state, multipliers: contrast.multipliers } };
  }
  const outcome = descend(rule, resolved, { method: data.description });
  if (isPlain) normalizeRows(template);
  const dictionary = { rows: components * templateFrames, columns: bins, data: model.dictionary };
  const activations = { rows: components, columns: frames, data: template.activations };
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  return {
    ...outcome,
    dictionary: inPrecision(scaled(dictionary, mean), precision),
    activations: inPrecision(activations, precision),
    templateFrames,
    delta: delta * costUnit,
    groups: {
      attended: range(0, attendedComponents),
      unattended: range(attendedComponents, components - backgroundComponents),
      background: range(components - backgroundComponents, components),
    },
    diagnostics: diagnoseFactors({ dictionary: patchSums(dictionary, templateFrames), activations }),
    accelerator: model.accelerator,
    warnings: data.warnings,
    options: resolved,
  };
}

/** The spectra of each patch added up, [components, bins]: what diagnostics need to know of it. */
function patchSums(dictionary: Matrix, templateFrames: number): Matrix {
  if (templateFrames === 1) return dictionary;
  const { columns } = dictionary;
  const rows = dictionary.rows / templateFrames;
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < dictionary.data.length; i++) {
    const k = Math.floor(i / (templateFrames * columns));
    data[k * columns + (i % columns)]! += dictionary.data[i]!;
  }
  return { rows, columns, data };
}

function checkOptions(options: ResolvedContrastiveNmfOptions): void {
  const { components, attendedComponents, backgroundComponents, update, deltaScale, beta } = options;
  checkWhole(who, "backgroundComponents", backgroundComponents, 0, components - 1);
  checkWhole(who, "attendedComponents", attendedComponents, 1, components - backgroundComponents);
  if (update !== "sphere" && update !== "multiplicative" && update !== "halving") {
    throw new ToolkitError(
      "bad-option",
      `${who}: update is "${String(update)}"; it must be "sphere", "multiplicative" or "halving"`,
    );
  }
  if (beta !== 1 && update !== "halving") {
    throw new ToolkitError("unsupported", `${who}: update "${update}" is for beta 1, not ${beta}; use "halving"`);
  }
  if (deltaScale !== "relative" && deltaScale !== "absolute") {
    throw new ToolkitError(
      "bad-option",
      `${who}: deltaScale is "${String(deltaScale)}"; it must be "relative" or "absolute"`,
    );
  }
  checkNumber(who, "delta", options.delta, { from: 0 });
  checkNumber(who, "sparsityActivations", options.sparsityActivations, { from: 0 });
  checkNumber(who, "sparsityDictionary", options.sparsityDictionary, { from: 0 });
}

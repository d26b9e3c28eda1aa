import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { Matrix } from "../core/matrix.ts";
import { createRandom } from "../core/random.ts";
import { checkSpectrogram, checkStart } from "./checkSpectrogram.ts";
import { checkDescent, type DescentOptions, type DescentResult, descend, descentDefaults } from "./descent.ts";
import { prepareGuide, type Rectification } from "./guide.ts";
import { createKlModel } from "./klModel.ts";
import { factorUnit, randomFactor, scaled, sum } from "./scaling.ts";
import { contrastBytes, createContrast, normalizeRows } from "./sphereUpdate.ts";

/** Options of {@link contrastiveNmf}. */
export interface ContrastiveNmfOptions extends DescentOptions {
  /** K, components of the whole mixture. */
  components: number;
  /** K_a: the first rows of H that model the attended source. Default: as many as the guide has rows. */
  attendedComponents?: number;
  /**
   * `sphere` majorizes the cost on the sphere of unit rows and never raises it; `multiplicative` is the paper's rule, whose
   * normalisation after the activations' step is no part of the step, so that the cost may rise (and then meets a tolerance
   * above 0). Default `sphere`.
   */
  update?: "sphere" | "multiplicative";
  /** Weight of the contrast, 0 or more; 0 is KL-NMF. Default 0.2. */
  delta?: number;
  /**
   * `relative` (default): the cost's delta is `delta * sum(X) / (K_a * guide rows)`. The denominator bounds the contrast, so
   * the weight is the largest gain of the contrast as a share of the mixture's sum, and scaling the audio changes nothing.
   * `absolute`: delta is that of the cost.
   */
  deltaScale?: "relative" | "absolute";
  /** mu, weight of the L1 norm of H (rows of unit l2 norm), in units of X. Default 0. */
  sparsityActivations?: number;
  /** Weight of the L1 norm of W. Default 0. */
  sparsityDictionary?: number;
  /** What becomes of negative entries of the guide. Default `relu`. */
  rectification?: Rectification;
  /** Seed of the random start. Default 0. */
  seed?: number | string;
  /**
   * Factors to start from, in the spectrogram's units; one that is not given is random. The norms of the activations' rows
   * move into the dictionary first; a row of zeros, which has no direction, stays zero to the end.
   */
  start?: { dictionary?: Matrix; activations?: Matrix };
}

/** Defaults of {@link contrastiveNmf}. */
export const contrastiveNmfDefaults = {
  update: "sphere",
  delta: 0.2,
  deltaScale: "relative",
  sparsityActivations: 0,
  sparsityDictionary: 0,
  rectification: "relu",
  seed: 0,
  ...descentDefaults,
} as const satisfies Omit<
  Required<ContrastiveNmfOptions>,
  "components" | "attendedComponents" | "start" | "onIteration" | "signal"
>;

/** Options of {@link contrastiveNmf} with every default filled in. */
export type ResolvedContrastiveNmfOptions = ContrastiveNmfOptions &
  Required<Omit<ContrastiveNmfOptions, "start" | "onIteration" | "signal">>;

/** What {@link contrastiveNmf} found. */
export interface ContrastiveNmfResult extends DescentResult {
  /** W, [components, bins]. */
  dictionary: Matrix<Float32Array>;
  /** H, [components, frames]; rows of unit l2 norm, the first `attendedComponents` of them attended. */
  activations: Matrix<Float32Array>;
  /** The weight of the contrast in the cost, absolute. */
  delta: number;
  /** The options as they were used. */
  options: ResolvedContrastiveNmfOptions;
}

const who = "contrastiveNmf";

/**
 * Contrastive non-negative matrix factorisation: KL-NMF of a mixture whose first rows of activations are drawn towards a
 * guide (the attended source's activations, decoded from EEG) and whose others are pushed away from it.
 *
 * Minimises `D_KL(X | WH) + mu |H|_1 + sparsityDictionary |W|_1 - delta (|H_a S'|_F^2 - |H_u S'|_F^2)`, rows of H and of
 * the guide S of unit l2 norm (Cantisani, Essid & Richard 2021, eq. 1). The default update is a majorization-minimization on
 * the sphere, which never raises that cost beyond single-precision rounding; docs/methods/contrastive-nmf.md derives it.
 * `cost` is the cost above, at the start and after each iteration, at rows of unit norm.
 *
 * @param spectrogram X, magnitudes, [frames, bins]
 * @param guide S, [guide components, frames]; rectified and scaled to unit rows here. The order of its rows does not matter
 * @param options {@link ContrastiveNmfOptions}
 * @throws ToolkitError `bad-shape`, `bad-value` (negative or not finite entries, a guide row that is zero after
 *   rectification), `bad-option`
 */
export function contrastiveNmf(
  spectrogram: Matrix,
  guide: Matrix,
  options: ContrastiveNmfOptions,
): ContrastiveNmfResult {
  const resolved: ResolvedContrastiveNmfOptions = {
    ...contrastiveNmfDefaults,
    ...options,
    attendedComponents: options.attendedComponents ?? guide.rows,
  };
  const total = checkSpectrogram(who, spectrogram);
  const { rows: frames, columns: bins } = spectrogram;
  const s = prepareGuide(guide, { rectification: resolved.rectification, who });
  if (s.columns !== frames) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: guide has ${s.columns} frames, the spectrogram ${frames}; resample the guide to the spectrogram's frames`,
    );
  }
  checkOptions(spectrogram, resolved);
  const { components, attendedComponents, sparsityDictionary, update } = resolved;
  const largestContrast = attendedComponents * s.rows;
  const delta = resolved.deltaScale === "relative" ? (resolved.delta * total) / largestContrast : resolved.delta;

  // X is divided by `unit` and with it W and the cost; H has rows of unit norm whatever the scale
  const unit = factorUnit(total / (frames * bins)) ** 2;
  const random = createRandom(resolved.seed);
  const spread = Math.sqrt(total / (frames * bins * unit) / components);
  const model = createKlModel(
    scaled(spectrogram, 1 / unit),
    options.start?.dictionary
      ? scaled(options.start.dictionary, 1 / unit)
      : randomFactor(random.fork("dictionary"), components, bins, spread),
    options.start?.activations ?? randomFactor(random.fork("activations"), components, frames, spread),
    { extraBytes: contrastBytes(s.rows, frames) },
  );
  normalizeRows(model);
  const weights = { attendedComponents, delta: delta / unit, sparsity: resolved.sparsityActivations / unit };
  const contrast = createContrast(model, s, weights);
  // With the divergence alone the row norms are free: the plain step, whose scale moves into W at no cost
  const isPlain = weights.delta === 0 && weights.sparsity === 0 && sparsityDictionary === 0;

  const costOf = (divergence: number): number => {
    const ofH = weights.sparsity === 0 ? 0 : weights.sparsity * sum(model.activationSums());
    const ofW = sparsityDictionary === 0 ? 0 : sparsityDictionary * sum(model.dictionarySums());
    const ofContrast = weights.delta === 0 ? 0 : weights.delta * contrast.value();
    return unit * (divergence + ofH + ofW - ofContrast);
  };
  let numerator = model.activations;
  const outcome = descend(
    {
      prepare: (withCost) => {
        if (!withCost) {
          numerator = model.activationNumerator();
          return Number.NaN;
        }
        const pass = model.activationNumeratorAndDivergence();
        numerator = pass.numerator;
        return costOf(pass.divergence);
      },
      update: () => {
        if (isPlain) model.applyActivationNumerator();
        else if (update === "sphere") contrast.sphereStep(numerator);
        else contrast.multiplicativeStep(numerator);
        // before W's step, whose weight of the L1 norm holds for rows of unit norm
        if (isPlain || update === "multiplicative") normalizeRows(model);
        model.updateDictionary({ sparsity: sparsityDictionary });
      },
      cost: () => costOf(model.divergence()),
    },
    resolved,
  );
  return {
    ...outcome,
    dictionary: { rows: components, columns: bins, data: model.dictionary.map((value) => value * unit) },
    activations: { rows: components, columns: frames, data: model.activations.slice() },
    delta,
    options: resolved,
  };
}

function checkOptions({ rows: frames, columns: bins }: Matrix, options: ResolvedContrastiveNmfOptions): void {
  const { components, attendedComponents, update, deltaScale, start } = options;
  checkWhole(who, "components", components, 1);
  if (components > Math.min(frames, bins)) {
    throw new ToolkitError(
      "bad-option",
      `${who}: components is ${components} for a spectrogram of ${frames} frames and ${bins} bins; at most ${Math.min(frames, bins)} can be told apart`,
    );
  }
  checkWhole(who, "attendedComponents", attendedComponents, 1, components);
  if (update !== "sphere" && update !== "multiplicative") {
    throw new ToolkitError(
      "bad-option",
      `${who}: update is "${String(update)}"; it must be "sphere" or "multiplicative"`,
    );
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
  checkDescent(who, options);
  checkStart(who, "start.dictionary", start?.dictionary, components, bins, "bin");
  checkStart(who, "start.activations", start?.activations, components, frames, "frame");
}

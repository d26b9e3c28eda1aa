import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { Matrix } from "../core/matrix.ts";
import { createRandom } from "../core/random.ts";
import { checkSpectrogram, checkStart } from "./checkSpectrogram.ts";
import { createConvolutiveModel } from "./convolutiveKl.ts";
import { checkDescent, type DescentOptions, type DescentResult, descend, descentDefaults } from "./descent.ts";
import { factorUnit, randomFactor, scaled } from "./scaling.ts";

/** Options of `convolutiveNmf`. */
export interface ConvolutiveNmfOptions extends DescentOptions {
  /** Number of components K, at most the number of frames and of bins. */
  components: number;
  /** Length T of each component's patch in frames, from 1 (plain NMF) to the number of frames. */
  templateFrames: number;
  /** The divergence: 1 is Kullback-Leibler, the only one so far. Default 1. */
  beta?: number;
  /** Seed of the random start. Default 0. */
  seed?: number | string;
  /** Factors to start from, shaped as in the result; one that is not given is random. */
  start?: { dictionary?: Matrix; activations?: Matrix };
}

/** Defaults of `convolutiveNmf`. */
export const convolutiveNmfDefaults = { beta: 1, seed: 0, ...descentDefaults } as const satisfies Omit<
  Required<ConvolutiveNmfOptions>,
  "components" | "templateFrames" | "start" | "onIteration" | "signal"
>;

/** Options of `convolutiveNmf` with every default filled in. */
export type ResolvedConvolutiveNmfOptions = ConvolutiveNmfOptions &
  Required<Omit<ConvolutiveNmfOptions, "start" | "onIteration" | "signal">>;

/** What `convolutiveNmf` found. */
export interface ConvolutiveNmfResult extends DescentResult {
  /**
   * The patches, [components * templateFrames, bins]: row k * templateFrames + t is w_k(t), so that the patch of one
   * component is a spectrogram [templateFrames, bins] of its own. Each patch sums to 1.
   */
  dictionary: Matrix<Float32Array>;
  /** H, [components, frames]: how strongly each patch starts at each frame. */
  activations: Matrix<Float32Array>;
  /** T, length of a patch in frames. */
  templateFrames: number;
  /** The options as they were used. */
  options: ResolvedConvolutiveNmfOptions;
}

/**
 * Convolutive non-negative matrix factorization for the Kullback-Leibler divergence: v_n = sum over t of W(t) h_{n-t}, each
 * component a patch of T spectra.
 *
 * Majorization-minimization update MM2 of Fagot, Wendt, Févotte & Smaragdis 2019: all activations at once (eq. 12, which
 * sums over I(n) = [n, min(n + T - 1, N)]), V formed anew, then the patches (eq. 6). It never raises the cost, unlike the
 * common heuristic that averages T updates. Single precision, the cost summed in double. T = 1 is `nmf`.
 *
 * @param spectrogram X, magnitudes or powers, [frames, bins]
 * @param options see `ConvolutiveNmfOptions`
 * @throws ToolkitError `bad-value` for negative, not finite or all-zero data, `bad-shape` for a start that does not fit,
 *   `bad-option`, `unsupported` for another beta
 */
export function convolutiveNmf(spectrogram: Matrix, options: ConvolutiveNmfOptions): ConvolutiveNmfResult {
  const resolved: ResolvedConvolutiveNmfOptions = { ...convolutiveNmfDefaults, ...options };
  const total = checkSpectrogram("convolutiveNmf", spectrogram);
  checkOptions(spectrogram, resolved);
  const { components, templateFrames } = resolved;
  const { rows: frames, columns: bins } = spectrogram;

  const unit = factorUnit(total / (frames * bins));
  const random = createRandom(resolved.seed);
  const spread = Math.sqrt(total / (frames * bins) / (components * templateFrames)) / unit;
  const start = (name: "dictionary" | "activations", rows: number, columns: number) =>
    options.start?.[name]
      ? scaled(options.start[name], 1 / unit)
      : randomFactor(random.fork(name), rows, columns, spread);
  const model = createConvolutiveModel(
    scaled(spectrogram, 1 / unit ** 2),
    start("dictionary", components * templateFrames, bins),
    start("activations", components, frames),
  );
  const outcome = descend(
    {
      prepare: (withCost) => unit ** 2 * model.prepareActivations(withCost),
      update: () => {
        model.applyActivations();
        model.updateDictionary();
      },
      cost: () => unit ** 2 * model.divergence(),
    },
    resolved,
  );
  model.normalizePatches();
  return {
    ...outcome,
    dictionary: { rows: components * templateFrames, columns: bins, data: model.dictionary.slice() },
    activations: { rows: components, columns: frames, data: model.activations.map((value) => value * unit ** 2) },
    templateFrames,
    options: resolved,
  };
}

function checkOptions(spectrogram: Matrix, options: ResolvedConvolutiveNmfOptions): void {
  const { rows: frames, columns: bins } = spectrogram;
  const { components, templateFrames, beta, start } = options;
  const who = "convolutiveNmf";
  checkWhole(who, "components", components, 1);
  if (components > Math.min(frames, bins)) {
    throw new ToolkitError(
      "bad-option",
      `${who}: components is ${components} for a spectrogram of ${frames} frames and ${bins} bins; at most ${Math.min(frames, bins)} can be told apart`,
    );
  }
  checkWhole(who, "templateFrames", templateFrames, 1, frames);
  checkNumber(who, "beta", beta);
  if (beta !== 1) {
    throw new ToolkitError("unsupported", `${who}: beta is ${beta}; only 1 (Kullback-Leibler) is implemented`);
  }
  checkDescent(who, options);
  checkStart(who, "start.dictionary", start?.dictionary, components * templateFrames, bins, "bin");
  checkStart(who, "start.activations", start?.activations, components, frames, "frame");
}

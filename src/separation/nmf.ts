import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { Matrix } from "../core/matrix.ts";
import { createRandom } from "../core/random.ts";
import { checkSpectrogram, checkStart } from "./checkSpectrogram.ts";
import { checkDescent, type DescentOptions, type DescentResult, descend, descentDefaults } from "./descent.ts";
import { createKlModel } from "./klModel.ts";
import { factorUnit, randomFactor, scaled, sum } from "./scaling.ts";

/** Options of `nmf`. */
export interface NmfOptions extends DescentOptions {
  /** Number of components K, at most the number of frames and of bins unless the dictionary is fixed. */
  components: number;
  /** The divergence: 1 is Kullback-Leibler, the only one so far. Default 1. */
  beta?: number;
  /** Seed of the random start. Default 0. */
  seed?: number | string;
  /** Factors to start from, in the spectrogram's units; one that is not given is random. */
  start?: { dictionary?: Matrix; activations?: Matrix };
  /** Keep `start.dictionary` as it is and find the activations only. Default false. */
  fixDictionary?: boolean;
  /** Weight of the sum of the activations in the cost. Default 0. */
  sparsityActivations?: number;
  /** Weight of the sum of the dictionary in the cost. Default 0. */
  sparsityDictionary?: number;
}

/** Defaults of `nmf`. */
export const nmfDefaults = {
  beta: 1,
  seed: 0,
  fixDictionary: false,
  sparsityActivations: 0,
  sparsityDictionary: 0,
  ...descentDefaults,
} as const satisfies Omit<Required<NmfOptions>, "components" | "start" | "onIteration" | "signal">;

/** Options of `nmf` with every default filled in. */
export type ResolvedNmfOptions = NmfOptions & Required<Omit<NmfOptions, "start" | "onIteration" | "signal">>;

/** What `nmf` found. */
export interface NmfResult extends DescentResult {
  /** W, [components, bins]. */
  dictionary: Matrix<Float32Array>;
  /** H, [components, frames]. */
  activations: Matrix<Float32Array>;
  /** The options as they were used. */
  options: ResolvedNmfOptions;
}

/**
 * Non-negative matrix factorization X ~ WH for the Kullback-Leibler divergence: minimises
 * D(X | WH) + sparsityActivations |H|_1 + sparsityDictionary |W|_1.
 *
 * Multiplicative updates (Lee & Seung 2001, eq. 5, with the weights of the L1 norms added to the denominators), first the
 * activations, then the dictionary; they never raise the cost. Arithmetic in single precision, the cost summed in double;
 * the cost itself may therefore wobble by 1e-7 of the sum of X. A random start is |normal| times sqrt(mean(X) / K).
 *
 * @param spectrogram X, magnitudes or powers, [frames, bins]
 * @param options see `NmfOptions`
 * @throws ToolkitError `bad-value` for negative, not finite or all-zero data, `bad-shape` for a start that does not fit,
 *   `bad-option`, `unsupported` for another beta
 */
export function nmf(spectrogram: Matrix, options: NmfOptions): NmfResult {
  const resolved: ResolvedNmfOptions = { ...nmfDefaults, ...options };
  const total = checkSpectrogram("nmf", spectrogram);
  checkOptions(spectrogram, resolved);
  const { components, sparsityActivations, sparsityDictionary, fixDictionary } = resolved;
  const { rows: frames, columns: bins } = spectrogram;

  const unit = factorUnit(total / (frames * bins));
  const random = createRandom(resolved.seed);
  const spread = Math.sqrt(total / (frames * bins) / components) / unit;
  const start = (name: "dictionary" | "activations", columns: number) =>
    options.start?.[name]
      ? scaled(options.start[name], 1 / unit)
      : randomFactor(random.fork(name), components, columns, spread);
  const model = createKlModel(
    scaled(spectrogram, 1 / unit ** 2),
    start("dictionary", bins),
    start("activations", frames),
  );

  // in the scaled units the cost is smaller by unit^2, the sums of the factors by unit
  const weightH = sparsityActivations / unit;
  const weightW = sparsityDictionary / unit;
  const withPenalties = (divergence: number): number => {
    const ofH = weightH === 0 ? 0 : weightH * sum(model.activationSums());
    const ofW = weightW === 0 ? 0 : weightW * sum(model.dictionarySums());
    return unit ** 2 * (divergence + ofH + ofW);
  };
  const outcome = descend(
    {
      prepare: (withCost) => {
        if (withCost) return withPenalties(model.activationNumeratorAndDivergence().divergence);
        model.activationNumerator();
        return Number.NaN;
      },
      update: () => {
        model.applyActivationNumerator({ sparsity: weightH });
        if (!fixDictionary) model.updateDictionary({ sparsity: weightW });
      },
      cost: () => withPenalties(model.divergence()),
    },
    resolved,
  );
  return {
    ...outcome,
    dictionary: {
      rows: components,
      columns: bins,
      data: fixDictionary
        ? Float32Array.from(resolved.start!.dictionary!.data)
        : model.dictionary.map((value) => value * unit),
    },
    activations: { rows: components, columns: frames, data: model.activations.map((value) => value * unit) },
    options: resolved,
  };
}

function checkOptions(spectrogram: Matrix, options: ResolvedNmfOptions): void {
  const { rows: frames, columns: bins } = spectrogram;
  const { components, beta, start, fixDictionary } = options;
  checkWhole("nmf", "components", components, 1);
  if (!fixDictionary && components > Math.min(frames, bins)) {
    throw new ToolkitError(
      "bad-option",
      `nmf: components is ${components} for a spectrogram of ${frames} frames and ${bins} bins; at most ${Math.min(frames, bins)} can be told apart`,
    );
  }
  checkNumber("nmf", "beta", beta);
  if (beta !== 1)
    throw new ToolkitError("unsupported", `nmf: beta is ${beta}; only 1 (Kullback-Leibler) is implemented`);
  checkNumber("nmf", "sparsityActivations", options.sparsityActivations, { from: 0 });
  checkNumber("nmf", "sparsityDictionary", options.sparsityDictionary, { from: 0 });
  checkDescent("nmf", options);
  checkStart("nmf", "start.dictionary", start?.dictionary, components, bins, "bin");
  checkStart("nmf", "start.activations", start?.activations, components, frames, "frame");
  if (fixDictionary && start?.dictionary === undefined) {
    throw new ToolkitError(
      "bad-option",
      "nmf: fixDictionary is set but start.dictionary is missing; give the dictionary to keep",
    );
  }
}

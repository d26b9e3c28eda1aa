import { checkFinite, checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { checkMatrix, type Matrix, zeros } from "../core/matrix.ts";

/** Options of {@link softMasks} and {@link idealRatioMask}. */
export interface SoftMaskOptions {
  /** Power the magnitudes are raised to before they are compared, above 0: 1 magnitude ratio, 2 Wiener-like. */
  exponent?: number;
}

/** Defaults of {@link softMasks}. */
export const softMaskDefaults = { exponent: 1 } as const satisfies Required<SoftMaskOptions>;

/**
 * Soft masks: each source's share of every time-frequency entry, `m_s^a / sum_i m_i^a`.
 *
 * Source: Lagrange 2019 (lecture), source filtering; a = 2 is the Wiener filter for magnitude models. An entry where all
 * models are 0 is shared equally. The masks of an entry sum to 1 within rounding, at any scale of the models.
 *
 * @param models magnitude model of each source, all [frames, bins], entries >= 0
 * @returns one mask a model, [frames, bins], entries from 0 to 1
 * @throws ToolkitError `bad-shape` if shapes differ, `bad-value` if an entry is negative or not finite
 */
export function softMasks(models: readonly Matrix[], options: SoftMaskOptions = {}): Matrix<Float64Array>[] {
  const { exponent } = { ...softMaskDefaults, ...options };
  checkNumber("softMasks", "exponent", exponent, { above: 0 });
  checkModels("softMasks", models);
  const { rows, columns } = models[0]!;
  const masks = models.map(() => zeros(rows, columns));
  for (let i = 0; i < rows * columns; i++) {
    let largest = 0;
    for (const model of models) largest = Math.max(largest, model.data[i]!);
    if (largest === 0) {
      for (const mask of masks) mask.data[i] = 1 / models.length;
      continue;
    }
    // relative to the largest, so that no power overflows or vanishes for all
    let sum = 0;
    for (let s = 0; s < models.length; s++) {
      const ratio = models[s]!.data[i]! / largest;
      const power = exponent === 1 ? ratio : exponent === 2 ? ratio * ratio : ratio ** exponent;
      masks[s]!.data[i] = power;
      sum += power;
    }
    for (const mask of masks) mask.data[i]! /= sum;
  }
  return masks;
}

/**
 * Binary masks: every entry goes to the source whose model is largest there, to the first of them in a tie.
 *
 * @param models magnitude model of each source, all [frames, bins], entries >= 0
 * @returns one mask a model, [frames, bins], entries 0 or 1, summing to 1
 * @throws ToolkitError as {@link softMasks}
 */
export function binaryMasks(models: readonly Matrix[]): Matrix<Float64Array>[] {
  checkModels("binaryMasks", models);
  const { rows, columns } = models[0]!;
  const masks = models.map(() => zeros(rows, columns));
  for (let i = 0; i < rows * columns; i++) {
    let winner = 0;
    for (let s = 1; s < models.length; s++) if (models[s]!.data[i]! > models[winner]!.data[i]!) winner = s;
    masks[winner]!.data[i] = 1;
  }
  return masks;
}

/**
 * Ideal binary mask, the oracle that bounds what binary masking can reach: 1 where the target has more energy than the
 * other sources together, 0 elsewhere (ties and silence included).
 *
 * Source: Lagrange 2019 (lecture). With the magnitude of the true interference as the one other source it is the binary
 * mask of least squared error; energies of several others are added.
 *
 * @param target true magnitudes of the target, [frames, bins]
 * @param others true magnitudes of each other source
 * @throws ToolkitError as {@link softMasks}
 */
export function idealBinaryMask(target: Matrix, others: readonly Matrix[]): Matrix<Float64Array> {
  checkModels("idealBinaryMask", [target, ...others]);
  const mask = zeros(target.rows, target.columns);
  for (let i = 0; i < mask.data.length; i++) {
    const rest =
      others.length === 1
        ? others[0]!.data[i]!
        : Math.sqrt(others.reduce((sum, other) => sum + other.data[i]! ** 2, 0));
    mask.data[i] = target.data[i]! > rest ? 1 : 0;
  }
  return mask;
}

/** Defaults of {@link idealRatioMask}: energies are compared. */
export const idealRatioMaskDefaults = { exponent: 2 } as const satisfies Required<SoftMaskOptions>;

/**
 * Ideal ratio mask, the soft oracle: the target's share `t^a / (t^a + sum o^a)` of the true magnitudes.
 *
 * @param target true magnitudes of the target, [frames, bins]
 * @param others true magnitudes of each other source
 * @throws ToolkitError as {@link softMasks}
 */
export function idealRatioMask(
  target: Matrix,
  others: readonly Matrix[],
  options: SoftMaskOptions = {},
): Matrix<Float64Array> {
  return softMasks([target, ...others], { ...idealRatioMaskDefaults, ...options })[0]!;
}

/** A complex spectrogram, real and imaginary parts [frames, bins]. */
export interface ComplexSpectrogram {
  readonly real: Float64Array;
  readonly imag: Float64Array;
}

/**
 * Filters a mixture with a mask; the mixture's phase is kept.
 *
 * What else the mixture carries (frames, bins, window) is copied over, so that a masked STFT is again an STFT.
 *
 * @param mixture complex spectrogram, real and imaginary parts [frames, bins]
 * @param mask [frames, bins]
 * @throws ToolkitError `bad-shape` if the sizes differ
 */
export function applyMask<T extends ComplexSpectrogram>(mixture: T, mask: Matrix): T {
  const { real, imag } = mixture;
  if (real.length !== mask.data.length || imag.length !== mask.data.length) {
    throw new ToolkitError(
      "bad-shape",
      `applyMask: mixture has ${real.length} real and ${imag.length} imaginary entries, mask ${mask.rows} x ${mask.columns}; they must match`,
    );
  }
  return {
    ...mixture,
    real: real.map((value, i) => value * mask.data[i]!),
    imag: imag.map((value, i) => value * mask.data[i]!),
  };
}

function checkModels(who: string, models: readonly Matrix[]): void {
  const first = models[0];
  if (!first) throw new ToolkitError("bad-shape", `${who}: no model given; at least one is needed`);
  models.forEach((model, s) => {
    checkMatrix(who, `model ${s}`, model);
    if (model.rows !== first.rows || model.columns !== first.columns) {
      throw new ToolkitError(
        "bad-shape",
        `${who}: model ${s} is ${model.rows} x ${model.columns}, model 0 ${first.rows} x ${first.columns}; all must have one shape`,
      );
    }
    checkFinite(who, `model ${s}`, model.data);
    const index = model.data.findIndex((value) => value < 0);
    if (index >= 0) {
      throw new ToolkitError(
        "bad-value",
        `${who}: model ${s} is negative (${model.data[index]}) at frame ${Math.floor(index / model.columns)}, bin ${index % model.columns}; pass magnitudes`,
      );
    }
  });
}

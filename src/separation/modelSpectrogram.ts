import { ToolkitError } from "../core/error.ts";
import { checkMatrix, type Matrix, row } from "../core/matrix.ts";
import { createFactorArena } from "../numeric/kernels.ts";

/**
 * The spectrogram that some components of a factorization make, W_s H_s.
 *
 * @param dictionary W, [components, bins]
 * @param activations H, [components, frames]
 * @param components which components; all if left out, none gives zeros
 * @returns [frames, bins], in the precision of the factors
 * @throws ToolkitError `bad-shape` if the factors do not fit, `bad-option` for a component that is not there
 */
export function nmfModel(
  dictionary: Matrix,
  activations: Matrix,
  components: readonly number[] = indices(dictionary.rows),
): Matrix {
  checkMatrix("nmfModel", "dictionary", dictionary);
  checkMatrix("nmfModel", "activations", activations);
  if (dictionary.rows !== activations.rows) {
    throw new ToolkitError(
      "bad-shape",
      `nmfModel: dictionary has ${dictionary.rows} components, activations ${activations.rows}; they must be the same`,
    );
  }
  checkComponents("nmfModel", components, dictionary.rows);
  return productOfRows(
    components.map((k) => row(dictionary, k)),
    components.map((k) => row(activations, k)),
    { frames: activations.columns, bins: dictionary.columns },
  );
}

/** Factors of a convolutive model, laid out as in the result of `convolutiveNmf`. */
export interface ConvolutiveFactors {
  /** [components * templateFrames, bins]: row k * templateFrames + t is w_k(t). */
  readonly dictionary: Matrix;
  /** [components, frames] */
  readonly activations: Matrix;
  /** Length of a patch in frames. */
  readonly templateFrames: number;
}

/**
 * The spectrogram that some components of a convolutive factorization make: v_n = sum over t of W(t) h_{n-t}.
 *
 * @param factors what `convolutiveNmf` returned, or factors laid out like it
 * @param components which components; all if left out, none gives zeros
 * @returns [frames, bins], in the precision of the factors
 * @throws ToolkitError `bad-shape` if the factors do not fit, `bad-option` for a component that is not there
 */
export function convolutiveModel(
  factors: ConvolutiveFactors,
  components: readonly number[] = indices(factors.activations.rows),
): Matrix {
  const { dictionary, activations, templateFrames } = factors;
  checkMatrix("convolutiveModel", "dictionary", dictionary);
  checkMatrix("convolutiveModel", "activations", activations);
  if (dictionary.rows !== activations.rows * templateFrames) {
    throw new ToolkitError(
      "bad-shape",
      `convolutiveModel: dictionary has ${dictionary.rows} rows; ${activations.rows} components of ${templateFrames} frames have ${activations.rows * templateFrames}`,
    );
  }
  checkComponents("convolutiveModel", components, activations.rows);
  const frames = activations.columns;
  const spectra: Matrix["data"][] = [];
  const gains: Matrix["data"][] = [];
  for (const k of components) {
    for (let t = 0; t < Math.min(templateFrames, frames); t++) {
      const shifted = new Float64Array(frames);
      shifted.set(row(activations, k).subarray(0, frames - t), t);
      spectra.push(row(dictionary, k * templateFrames + t));
      gains.push(shifted);
    }
  }
  return productOfRows(spectra, gains, { frames, bins: dictionary.columns });
}

/** Sum over rows of gain times spectrum, [frames, bins]. */
function productOfRows(
  spectra: readonly Matrix["data"][],
  gains: readonly Matrix["data"][],
  { frames, bins }: { frames: number; bins: number },
): Matrix {
  const rows = spectra.length;
  const precision = spectra.some((spectrum) => spectrum instanceof Float64Array) ? "float64" : "float32";
  const numberBytes = precision === "float32" ? 4 : 8;
  const stripLength = 32 / numberBytes;
  const paddedFrames = 4 * Math.ceil(frames / 4);
  const panels = Math.ceil(bins / stripLength);
  const padded = panels * stripLength;
  const cells = rows * (bins + frames + paddedFrames + padded) + padded * paddedFrames + bins * frames;
  const arena = createFactorArena(numberBytes * cells + 6 * 64, precision);
  const { kernels } = arena;
  const w = arena.array(rows * bins);
  const h = arena.array(rows * frames);
  for (const [k, spectrum] of spectra.entries()) w.array.set(spectrum, k * bins);
  for (const [k, gain] of gains.entries()) h.array.set(gain, k * frames);
  const steps = arena.array(rows * paddedFrames);
  const strips = arena.array(rows * padded);
  const packed = arena.array(padded * paddedFrames);
  const model = arena.array(frames * bins);
  kernels.packStrips(h.address, rows, frames, 4, steps.address);
  kernels.packStrips(w.address, rows, bins, stripLength, strips.address);
  kernels.product(steps.address, strips.address, packed.address, paddedFrames, rows, panels, true);
  kernels.unpackStrips(packed.address, paddedFrames, model.address, frames, bins);
  return { rows: frames, columns: bins, data: model.array.slice() };
}

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, k) => k);
}

function checkComponents(who: string, components: readonly number[], count: number): void {
  for (const k of components) {
    if (Number.isInteger(k) && k >= 0 && k < count) continue;
    throw new ToolkitError("bad-option", `${who}: component ${k} is asked for; there are ${count}, counted from 0`);
  }
}

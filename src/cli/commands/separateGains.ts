import { ToolkitError } from "../../core/error.ts";
import { type Matrix, row } from "../../core/matrix.ts";
import { componentMasks } from "../../separation/componentMasks.ts";
import { contrastiveNmf } from "../../separation/contrastiveNmf.ts";
import type { DescentResult } from "../../separation/descent.ts";
import type { ComplexSpectrogram } from "../../separation/masks.ts";
import { nmfModel } from "../../separation/modelSpectrogram.ts";
import { nmf } from "../../separation/nmf.ts";
import type { Slice } from "./factorizeSlices.ts";
import type { FactorizedSeparation } from "./separateArguments.ts";

/** What a factorization of a mixture found. */
export interface MixtureFactors extends DescentResult {
  readonly dictionary: Matrix;
  readonly activations: Matrix;
  readonly accelerator: string;
}

/** Files of the estimates, in the order of the gains. */
export function estimateFiles({ method, components, sources }: FactorizedSeparation): string[] {
  if (method === "contrastive-nmf") return ["attended.wav", "rest.wav"];
  return numberedFiles("component", components * sources);
}

/** `name-1.wav` and so on, with leading zeros where there are ten or more. */
export function numberedFiles(name: string, count: number): string[] {
  const digits = String(count).length;
  return Array.from({ length: count }, (_, k) => `${name}-${String(k + 1).padStart(digits, "0")}.wav`);
}

/**
 * Factorizes a mixture or a block of one.
 *
 * @param spectrogram [frames, bins]
 * @param guide [rows, frames]; without one, or with rows that are all zero in a block, the factorization is blind
 * @param options resolved
 * @param setting dictionary to start from, and the slice of the iterations to do
 * @throws ToolkitError as `nmf` and `contrastiveNmf`; `bad-option` for more components than frames or bins
 */
export function factorizeMixture(
  spectrogram: Matrix,
  guide: Matrix | undefined,
  options: FactorizedSeparation,
  setting: { readonly dictionary?: Matrix | undefined; readonly slice?: Slice } = {},
): MixtureFactors {
  const { sources, iterations, accelerator, delta, update, seed } = options;
  const components = options.components * sources;
  const { rows: frames, columns: bins } = spectrogram;
  if (components > Math.min(frames, bins)) {
    throw new ToolkitError(
      "bad-option",
      `separate: components is ${components} for ${sources} sources; a spectrogram of ${frames} frames and ${bins} bins tells at most ${Math.min(frames, bins)} apart`,
    );
  }
  const common = {
    ...{ components, iterations, accelerator, seed },
    ...(setting.dictionary && { start: { dictionary: setting.dictionary } }),
    ...setting.slice,
  };
  if (!guide) return nmf(spectrogram, common);
  // the paper's rule lets the cost rise, which a tolerance would take for its end
  const stopping = update === "multiplicative" ? { tolerance: 0 } : {};
  const contrast = { attendedComponents: options.components, delta, update };
  return contrastiveNmf(spectrogram, guide, { ...common, ...stopping, ...contrast });
}

/**
 * What the mixture's transform is multiplied with for each estimate: soft masks, or with `synthesis` the model's spectrogram
 * W_s H_s over the mixture's magnitude, which leaves the mixture's phase (Lagrange 2019, lecture).
 *
 * Synthesis of several channels divides by the mean of their magnitudes, so that each keeps its share of the level.
 *
 * @param factors of the mixture
 * @param channels transform of each channel, [frames, bins]
 * @param options resolved
 * @returns [frames, bins] for each file of `estimateFiles`
 */
export function sourceGains(
  factors: MixtureFactors,
  channels: readonly ComplexSpectrogram[],
  { method, components, maskExponent, synthesis }: FactorizedSeparation,
): Matrix[] {
  const all = Array.from({ length: factors.dictionary.rows }, (_, k) => k);
  const groups =
    method === "contrastive-nmf"
      ? [all.slice(0, components), all.slice(components)]
      : all.map((component) => [component]);
  if (!synthesis) return componentMasks(factors, groups, { exponent: maskExponent });
  const magnitudes = meanMagnitudes(channels);
  return groups.map((group) => {
    const model = nmfModel(factors.dictionary, factors.activations, group);
    const data = magnitudes.map((magnitude, i) => {
      const gain = model.data[i]! / magnitude;
      // in silence there is no phase
      return Number.isFinite(gain) ? gain : 0;
    });
    return { ...model, data };
  });
}

function meanMagnitudes(channels: readonly ComplexSpectrogram[]): Float64Array {
  const out = new Float64Array(channels[0]!.real.length);
  for (const { real, imag } of channels) {
    for (let i = 0; i < out.length; i++) out[i]! += Math.sqrt(real[i]! ** 2 + imag[i]! ** 2) / channels.length;
  }
  return out;
}

/**
 * The frames of a guide that a block has, without rows that are silent in them.
 *
 * @param guide [rows, frames]
 * @param firstFrame of the block
 * @param frames of the block
 * @returns undefined if no row is left
 */
export function guideOfBlock(guide: Matrix, firstFrame: number, frames: number): Matrix | undefined {
  const rows = Array.from({ length: guide.rows }, (_, j) =>
    Float64Array.from(row(guide, j).subarray(firstFrame, firstFrame + frames)),
  ).filter((values) => values.some((value) => !(value <= 0)));
  if (rows.length === 0) return undefined;
  const data = new Float64Array(rows.length * frames);
  for (const [j, values] of rows.entries()) data.set(values, j * frames);
  return { rows: rows.length, columns: frames, data };
}

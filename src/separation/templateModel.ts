import type { FloatArray, Matrix } from "../core/matrix.ts";
import { createModel, type ModelOptions } from "./createModel.ts";
import type { FactorModel, UpdateTerms } from "./factorModel.ts";

/**
 * A convolutive model v_n = sum over t of W(t) h_{n-t} (Fagot et al. 2019, section 2): a plain model of K * T components
 * whose activations are the K rows of H, each shifted by 0 .. T - 1 frames, so that V and all sums are dense products. With
 * T = 1 it is the plain model itself.
 */
export interface TemplateModel {
  /** The plain model of K * T components. */
  readonly model: FactorModel;
  /** K. */
  readonly components: number;
  /** T. */
  readonly templateFrames: number;
  /** The patches, [components * templateFrames, bins], row k * T + t is w_k(t); live. */
  readonly dictionary: FloatArray;
  /** H, [components, frames]; what is written counts from the next `shift` on. */
  readonly activations: FloatArray;
  /** [components, frames]: the plain model's terms of w_k(t) at frame n + t, summed over t (Fagot et al. 2019, eq. 12). */
  readonly activationTerms: UpdateTerms;
  /** @returns the divergence of the factors as they are if asked for, else NaN */
  computeActivationTerms(withDivergence: boolean): number;
  /** As above, both sides from one V; beta 1 only. */
  computeJointTerms(withDivergence: boolean): number;
  /** Takes over what was written into `activations`. */
  shift(): void;
}

/**
 * Copies data and factors into kernel memory. Shapes and values are checked by the callers.
 *
 * @param spectrogram X, [frames, bins], with a mean near 1
 * @param dictionary the patches, [components * templateFrames, bins]
 * @param activations H, [components, frames]
 * @param options see {@link ModelOptions}
 */
export function createTemplateModel(
  spectrogram: Matrix,
  dictionary: Matrix,
  activations: Matrix,
  options: ModelOptions,
): TemplateModel {
  const { rows: components, columns: frames } = activations;
  const templateFrames = dictionary.rows / components;
  if (templateFrames === 1) return withoutTemplates(createModel(spectrogram, dictionary, activations, options));

  const rows = dictionary.rows;
  const numberBytes = options.precision === "float32" ? 4 : 8;
  const model = createModel(
    spectrogram,
    dictionary,
    { rows, columns: frames, data: new Float32Array(rows * frames) },
    { ...options, extraBytes: (options.extraBytes ?? 0) + 3 * (numberBytes * components * frames + 64) },
  );
  const { kernels } = model.arena;
  const h = model.arena.array(components * frames);
  h.array.set(activations.data);
  const terms = {
    numerator: model.arena.array(components * frames),
    denominator: model.arena.array(components * frames),
  };

  // entries before frame t of a row shifted by t are zero from the start and are never written
  const shift = () => {
    for (let k = 0; k < components; k++) {
      for (let t = 0; t < templateFrames; t++) {
        const from = k * frames;
        model.activations.set(h.array.subarray(from, from + frames - t), (k * templateFrames + t) * frames + t);
      }
    }
  };
  shift();
  /** Sums the rows of one component, each moved back by its shift. */
  const gather = (stacked: FloatArray, target: { address: number; array: FloatArray }) => {
    for (let k = 0; k < components; k++) {
      const first = k * templateFrames;
      target.array.set(stacked.subarray(first * frames, (first + 1) * frames), k * frames);
      for (let t = 1; t < templateFrames; t++) {
        const at = stacked.byteOffset + numberBytes * ((first + t) * frames + t);
        kernels.addInto(target.address + numberBytes * k * frames, at, frames - t);
      }
    }
  };
  const gathered = (divergence: number): number => {
    gather(model.activationTerms.numerator, terms.numerator);
    gather(model.activationTerms.denominator, terms.denominator);
    return divergence;
  };
  return {
    model,
    components,
    templateFrames,
    dictionary: model.dictionary,
    activations: h.array,
    activationTerms: { numerator: terms.numerator.array, denominator: terms.denominator.array },
    computeActivationTerms: (withDivergence) => gathered(model.computeActivationTerms(withDivergence)),
    computeJointTerms: (withDivergence) => gathered(model.computeJointTerms(withDivergence)),
    shift,
  };
}

function withoutTemplates(model: FactorModel): TemplateModel {
  return {
    model,
    components: model.components,
    templateFrames: 1,
    dictionary: model.dictionary,
    activations: model.activations,
    activationTerms: model.activationTerms,
    computeActivationTerms: model.computeActivationTerms,
    computeJointTerms: model.computeJointTerms,
    shift: () => {},
  };
}

/**
 * Scales each patch to sum 1, the scale moving into H: V does not change. A patch of zeros stays.
 *
 * @param template changed in place
 */
export function normalizePatches(template: TemplateModel): void {
  const { model, components, templateFrames, dictionary, activations } = template;
  const patchCells = templateFrames * model.bins;
  for (let k = 0; k < components; k++) {
    const patch = dictionary.subarray(k * patchCells, (k + 1) * patchCells);
    let sum = 0;
    for (let i = 0; i < patch.length; i++) sum += patch[i]!;
    if (!(sum > 0)) continue;
    for (let i = 0; i < patch.length; i++) patch[i]! /= sum;
    const gains = activations.subarray(k * model.frames, (k + 1) * model.frames);
    for (let i = 0; i < gains.length; i++) gains[i]! *= sum;
  }
  template.shift();
}

import type { Contrast, ContrastWeights } from "./sphereUpdate.ts";
import { normalizeRows } from "./sphereUpdate.ts";
import type { TemplateModel } from "./templateModel.ts";

/** What {@link halvingStep} needs beside the model. */
export interface HalvingSetting extends ContrastWeights {
  contrast: Contrast;
  /** Weight of the L1 norm of W. */
  sparsityDictionary: number;
  /** Exponent of the whole step. */
  exponent: number;
  /** The cost of the factors as they are. */
  cost(): number;
}

/** Halvings before the activations are left as they are: by then a step moves them by less than 1e-9. */
const mostHalvings = 30;
/** Ratios are kept above e to the minus this, so that a short enough step is a small one. */
const steepest = 20;

/**
 * A step of the activations on the unit sphere that never raises the cost, for any beta.
 *
 * The cost as a function of a free row h is that of h / |h| with the norm moved into W. Its gradient at |h| = 1 is split into
 * parts that are not negative, denominator less numerator, the terms of the normalisation among them:
 *
 *     numerator    W'(X o V^(beta-2)) + mu |h|_1 h + 2 delta M h (attended) or 2 delta (h'Mh) h (unattended)
 *     denominator  W' V^(beta-1) + mu + beta_W |w|_1 h + 2 delta (h'Mh) h (attended) or 2 delta M h (unattended)
 *
 * with M = S'S. Along h o log(numerator / denominator) the cost falls, so of the steps h o (numerator / denominator)^(s g) for
 * s = 1, 1/2, 1/4, ... one is found that does not raise it.
 *
 * @param template its activation terms are those of the factors as they are; changed in place, rows of unit norm
 * @param current the cost of the factors as they are
 * @param setting see {@link HalvingSetting}
 */
export function halvingStep(template: TemplateModel, current: number, setting: HalvingSetting): void {
  const { model, activations, dictionary } = template;
  const startH = activations.slice();
  const startW = dictionary.slice();
  const direction = logRatios(template, setting);
  for (let halving = 0, share = 1; halving <= mostHalvings; halving++, share /= 2) {
    for (let i = 0; i < startH.length; i++) {
      const value = startH[i]! * Math.exp(share * direction[i]!);
      activations[i] = value >= 1e-30 ? value : 0;
    }
    normalizeRows(template);
    if (setting.cost() <= current) return;
    dictionary.set(startW);
  }
  activations.set(startH);
  model.dictionary.set(startW);
  template.shift();
}

/** Logarithm of the whole step's factors, [components * frames]. */
function logRatios(template: TemplateModel, setting: HalvingSetting): Float64Array {
  const { model, components, templateFrames, activations, dictionary } = template;
  const { numerator, denominator } = template.activationTerms;
  const { contrast, attendedComponents, backgroundComponents, delta, sparsity, sparsityDictionary, exponent } = setting;
  const { frames, bins } = model;
  const out = new Float64Array(components * frames);
  for (let k = 0; k < components; k++) {
    const h = activations.subarray(k * frames, (k + 1) * frames);
    const patch = dictionary.subarray(k * templateFrames * bins, (k + 1) * templateFrames * bins);
    const sign = k < attendedComponents ? 1 : k < components - backgroundComponents ? -1 : 0;
    const weight = 2 * delta * Math.abs(sign);
    const pulled = contrast.pullOf(h.byteOffset);
    let along = 0;
    let sumOfH = 0;
    for (let n = 0; n < frames; n++) {
      along += h[n]! * pulled[n]!;
      sumOfH += h[n]!;
    }
    let sumOfW = 0;
    if (sparsityDictionary > 0) for (let i = 0; i < patch.length; i++) sumOfW += patch[i]!;
    for (let n = 0; n < frames; n++) {
      const at = k * frames + n;
      const toGuide = weight * pulled[n]!;
      const toRow = weight * along * h[n]!;
      const up = numerator[at]! + sparsity * sumOfH * h[n]! + (sign > 0 ? toGuide : toRow);
      const down = denominator[at]! + sparsity + sparsityDictionary * sumOfW * h[n]! + (sign > 0 ? toRow : toGuide);
      const log = Math.log(up / down);
      out[at] = Number.isNaN(log) ? 0 : exponent * Math.min(steepest, Math.max(-steepest, log));
    }
  }
  return out;
}

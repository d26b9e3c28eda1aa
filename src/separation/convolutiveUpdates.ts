import type { FloatArray, Matrix } from "../core/matrix.ts";
import { modelFloor } from "./factorModel.ts";
import type { ActivationUpdate } from "./multiplicativeRule.ts";
import type { TemplateModel } from "./templateModel.ts";

/**
 * The common update of the activations (Smaragdis 2007; Fagot et al. 2019, eq. 7 and 8): each shift's own multiplicative
 * update, averaged over the shifts. It is no descent: the cost may rise.
 *
 * Where a shift reaches past the last frame its update is 0 / 0 in the papers; here that shift asks for no change (ratio 1).
 *
 * @param template the model
 * @param exponent of each shift's ratio
 */
export function heuristicUpdate(template: TemplateModel, exponent: number): ActivationUpdate {
  const { model, components, templateFrames, activations } = template;
  const { frames } = model;
  const { numerator, denominator } = model.activationTerms;
  return {
    prepare: (withDivergence) => model.computeActivationTerms(withDivergence),
    apply: () => {
      for (let k = 0; k < components; k++) {
        for (let n = 0; n < frames; n++) {
          let sum = 0;
          for (let t = 0; t < templateFrames; t++) {
            if (n + t >= frames) {
              sum += 1;
              continue;
            }
            const at = (k * templateFrames + t) * frames + n + t;
            const bottom = denominator[at]!;
            const ratio = bottom > 1e-30 ? numerator[at]! / bottom : 0;
            sum += exponent === 1 ? ratio : exponent === 0.5 ? Math.sqrt(ratio) : ratio ** exponent;
          }
          const value = (activations[k * frames + n]! * sum) / templateFrames;
          activations[k * frames + n] = value >= 1e-30 ? value : 0;
        }
      }
      template.shift();
    },
  };
}

/** Bytes that {@link columnsUpdate} takes from the model's arena. */
export function columnsBytes(spectrogram: Matrix, templateFrames: number, components: number): number {
  const stride = 4 * Math.ceil(spectrogram.columns / 4);
  const grouped = 4 * Math.ceil(components / 4);
  return 8 * (stride * (4 * spectrogram.rows + grouped * templateFrames) + grouped) + 6 * 64;
}

/**
 * Algorithm MM1 of Fagot et al. 2019: the columns of H in order by eq. 12, the columns of V that one alters refreshed before
 * the next. Never raises the cost; a product of a matrix and a vector for each frame, so several times slower than MM2.
 *
 * @param template the model; its arena needs {@link columnsBytes} of room
 * @param spectrogram X, [frames, bins], as the model has it
 * @param exponent of the update
 */
export function columnsUpdate(template: TemplateModel, spectrogram: Matrix, exponent: number): ActivationUpdate {
  const { model, components, templateFrames } = template;
  const { arena, frames, bins, beta } = model;
  const { kernels } = arena;
  const stride = 4 * Math.ceil(bins / 4);
  const floor = modelFloor(spectrogram, beta, arena.precision);
  const x = arena.array(frames * stride);
  const v = arena.array(frames * stride).address;
  const top = arena.array(frames * stride).address;
  const bottom = arena.array(frames * stride);
  const grouped = 4 * Math.ceil(components / 4);
  const w = arena.array(grouped * templateFrames * stride);
  const gains = arena.array(grouped).address;
  x.array.fill(floor);
  bottom.array.fill(1);
  for (let n = 0; n < frames; n++) x.array.set(spectrogram.data.subarray(n * bins, (n + 1) * bins), n * stride);

  return {
    prepare: (withDivergence) => (withDivergence ? model.divergence() : Number.NaN),
    apply: () => {
      packPatches(template, stride, w.array);
      const h = template.activations.byteOffset;
      const places = [x.address, v, top, bottom.address, w.address, h, gains, frames, stride] as const;
      kernels.columnsModel(...places, components, templateFrames, beta, floor);
      kernels.columnsInOrder(...places, components, templateFrames, beta, exponent, floor);
      template.shift();
    },
  };
}

/** The patches as `columnsInOrder` reads them: four components side by side, a vector of each at a time. */
function packPatches(
  { dictionary, model, components, templateFrames }: TemplateModel,
  stride: number,
  out: FloatArray,
) {
  const { bins, arena } = model;
  const lanes = arena.stripLength / 2;
  for (let k = 0; k < components; k++) {
    for (let t = 0; t < templateFrames; t++) {
      const from = (k * templateFrames + t) * bins;
      const first = (Math.floor(k / 4) * templateFrames + t) * 4 * stride + (k % 4) * lanes;
      for (let m = 0; m < bins; m++) {
        out[first + 4 * (m - (m % lanes)) + (m % lanes)] = dictionary[from + m]!;
      }
    }
  }
}

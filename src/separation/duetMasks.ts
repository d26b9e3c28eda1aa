import { checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { type Matrix, zeros } from "../core/matrix.ts";
import type { Stft } from "../signal/stft.ts";
import { binFrequencies, checkStereo } from "./duetCues.ts";
import type { DuetMixing } from "./duetPeaks.ts";

/** Options of {@link duetMasks}. */
export interface DuetMaskOptions {
  /** Level ratio and delay of each source: peaks of `duetPeaks`, or known ones. */
  peaks: readonly DuetMixing[];
}

/**
 * Binary masks of DUET: every time-frequency bin goes to the source j of least
 * `|a_j exp(-i omega d_j) X1 - X2|^2 / (1 + a_j^2)`, the likeliest one under equal white noise in both channels.
 *
 * Source: Yilmaz & Rickard 2004. The phase is compared, not the delay, so no frequency is too high for it; but where
 * `omega (d_i - d_j)` is a multiple of 2 pi, and at frequency 0, only the level tells two sources apart. Ties, silence among
 * them, go to the first.
 *
 * @param left transform of the left channel, X1
 * @param right transform of the right channel, X2
 * @returns one mask a peak, [frames, bins], entries 0 or 1, summing to 1
 * @throws ToolkitError `bad-shape`, `bad-value` as `duetHistogram`; `bad-option` for no peak, a ratio not above 0 or a delay
 *   that is not finite
 */
export function duetMasks(left: Stft, right: Stft, { peaks }: DuetMaskOptions): Matrix<Float64Array>[] {
  const who = "duetMasks";
  const scale = 1 / checkStereo(who, left, right);
  checkPeaks(who, peaks);
  const { frames, bins } = left;
  const masks = peaks.map(() => zeros(frames, bins));
  const steerings = peaks.map((peak) => steering(left, peak));
  for (let n = 0; n < frames; n++) {
    for (let k = 0; k < bins; k++) {
      const i = n * bins + k;
      const real1 = left.real[i]! * scale;
      const imag1 = left.imag[i]! * scale;
      const real2 = right.real[i]! * scale;
      const imag2 = right.imag[i]! * scale;
      let winner = 0;
      let least = Infinity;
      for (let j = 0; j < steerings.length; j++) {
        const { left: leftGain, real, imag } = steerings[j]!;
        const realError = real[k]! * real1 - imag[k]! * imag1 - leftGain * real2;
        const imagError = real[k]! * imag1 + imag[k]! * real1 - leftGain * imag2;
        const error = realError * realError + imagError * imagError;
        if (error < least) {
          least = error;
          winner = j;
        }
      }
      masks[winner]!.data[i] = 1;
    }
  }
  return masks;
}

/** Options of {@link duetSources}. */
export interface DuetSourceOptions extends DuetMaskOptions {
  /** One mask a peak, [frames, bins]. */
  masks: readonly Matrix[];
}

/**
 * Sources as the left channel hears them, from both channels: `m_j (X1 + a_j exp(i omega d_j) X2) / (1 + a_j^2)`, the
 * right channel brought into line and both weighted for the least noise. Where one source sounds alone this is that source
 * exactly; of equal white noise in both channels it keeps `1 / (1 + a_j^2)` of the energy that `applyMask` on the left keeps.
 *
 * Source: Rickard 2007, the maximum-likelihood sources for given masks.
 *
 * @param left transform of the left channel, X1
 * @param right transform of the right channel, X2
 * @returns one transform a peak
 * @throws ToolkitError as {@link duetMasks}; `bad-shape` if the masks do not fit the peaks and the mixture
 */
export function duetSources(left: Stft, right: Stft, { peaks, masks }: DuetSourceOptions): Stft[] {
  const who = "duetSources";
  checkStereo(who, left, right);
  checkPeaks(who, peaks);
  if (masks.length !== peaks.length) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: ${masks.length} masks but ${peaks.length} peaks; give one mask a peak`,
    );
  }
  return peaks.map((peak, j) => {
    const mask = masks[j]!;
    if (mask.rows !== left.frames || mask.columns !== left.bins || mask.data.length !== left.real.length) {
      throw new ToolkitError(
        "bad-shape",
        `${who}: mask ${j} is ${mask.rows} x ${mask.columns}, the mixture ${left.frames} x ${left.bins}; they must match`,
      );
    }
    const gains = steering(left, peak);
    const gain = gains.left * gains.left;
    const real = new Float64Array(left.real.length);
    const imag = new Float64Array(left.real.length);
    for (let i = 0; i < real.length; i++) {
      const k = i % left.bins;
      const gainReal = gains.left * gains.real[k]!;
      const gainImag = -gains.left * gains.imag[k]!;
      real[i] = mask.data[i]! * (gain * left.real[i]! + gainReal * right.real[i]! - gainImag * right.imag[i]!);
      imag[i] = mask.data[i]! * (gain * left.imag[i]! + gainReal * right.imag[i]! + gainImag * right.real[i]!);
    }
    return { ...left, real, imag };
  });
}

/** Gains of a source in both channels, of norm 1 together: `left`, and `real + i imag` for each bin of the right one. */
function steering(stft: Stft, { ratio, delay }: DuetMixing): { left: number; real: Float64Array; imag: Float64Array } {
  const norm = Math.hypot(1, ratio);
  const frequencies = binFrequencies(stft);
  return {
    left: 1 / norm,
    real: frequencies.map((omega) => (ratio / norm) * Math.cos(omega * delay)),
    imag: frequencies.map((omega) => -(ratio / norm) * Math.sin(omega * delay)),
  };
}

function checkPeaks(who: string, peaks: readonly DuetMixing[]): void {
  if (peaks.length === 0) {
    throw new ToolkitError("bad-option", `${who}: no peak given; at least one source is needed`);
  }
  peaks.forEach(({ ratio, delay }, j) => {
    checkNumber(who, `ratio of peak ${j}`, ratio, { above: 0 });
    checkNumber(who, `delay of peak ${j}`, delay);
  });
}

import { ToolkitError } from "../core/error.ts";
import { type Framing, framing, framingDefaults } from "./frameScores.ts";
import { checkedEnergy } from "./signals.ts";

/** What an estimate does where one of the two is silent, which no ratio of BSS Eval says. */
export interface SilenceScores {
  /** Predicted energy at silence in dB: mean over the frames in which the reference is silent; NaN if there is none. */
  readonly pes: number;
  /**
   * Energy at predicted silence in dB: mean over the frames in which the estimate is silent and the reference is not; NaN
   * if there is none.
   */
  readonly eps: number;
  /** Frames in which the reference is silent. */
  readonly pesFrames: readonly number[];
  /** Frames in which the estimate is silent and the reference is not. */
  readonly epsFrames: readonly number[];
  /** Number of all frames. */
  readonly frames: number;
  /** Options as resolved; `window` is at most the length of the signals. */
  readonly options: Required<Framing>;
}

/** Added to the energy of a frame: silence is -120 dB. */
const floorEnergy = 1e-12;

/**
 * Predicted energy at silence (PES) and energy at predicted silence (EPS), per frame of N samples
 *
 *     PES_n = 10 log10(1e-12 + sum of e^2)  where the reference s is 0 throughout frame n
 *     EPS_n = 10 log10(1e-12 + sum of s^2)  where the estimate e is 0 throughout frame n and s is not
 *
 * and their means over those frames, in dB. The energy is the frame's sum, not its mean, so it grows with the window;
 * 0 dB is a frame whose squares sum to 1, and lower is better for both. Source: Schulze-Forster, Doire, Richard & Badeau,
 * "Weakly informed audio source separation", WASPAA 2019.
 *
 * @param reference true source, [samples], full scale 1
 * @param estimate separated source, [samples]
 * @param options window and hop, default 44100 samples both
 * @throws ToolkitError `bad-shape` for other or no samples, `bad-value` for samples that are not finite, `bad-option`
 */
export function silenceScores(reference: Float64Array, estimate: Float64Array, options: Framing = {}): SilenceScores {
  const who = "silenceScores";
  if (reference.length !== estimate.length || reference.length === 0) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: reference has ${reference.length} samples, estimate ${estimate.length}; trim both to one length above 0`,
    );
  }
  checkedEnergy(who, "reference", reference);
  checkedEnergy(who, "estimate", estimate);
  const { starts, length } = framing(who, reference.length, options);
  const pes: { frame: number; level: number }[] = [];
  const eps: { frame: number; level: number }[] = [];
  for (const [frame, start] of starts.entries()) {
    const ofReference = checkedEnergy(who, "reference", reference.subarray(start, start + length));
    const ofEstimate = checkedEnergy(who, "estimate", estimate.subarray(start, start + length));
    if (ofReference === 0) pes.push({ frame, level: 10 * Math.log10(ofEstimate + floorEnergy) });
    else if (ofEstimate === 0) eps.push({ frame, level: 10 * Math.log10(ofReference + floorEnergy) });
  }
  const meanLevel = (list: typeof pes) => list.reduce((sum, { level }) => sum + level, 0) / list.length;
  return {
    pes: meanLevel(pes),
    eps: meanLevel(eps),
    pesFrames: pes.map(({ frame }) => frame),
    epsFrames: eps.map(({ frame }) => frame),
    frames: starts.length,
    options: { ...framingDefaults, ...options, window: length },
  };
}

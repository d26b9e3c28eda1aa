import { checkNumber } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import type { LagOptions } from "./lagCovariance.ts";

/** A range of lags in seconds. */
export interface LagRangeOptions {
  /** Common sampling rate of EEG and stimulus. */
  rateHz: number;
  /** First lag of the EEG after the stimulus, default 0. */
  minLagSeconds?: number;
  /** Last lag of the EEG after the stimulus, default 0.25. */
  maxLagSeconds?: number;
  /** Samples used at the ends of trials, see `LagOptions`; default `valid`. */
  edges?: "valid" | "zeropad";
}

/** Default options of {@link lagRange}. */
export const lagRangeDefaults = {
  minLagSeconds: 0,
  maxLagSeconds: 0.25,
  edges: "valid",
} as const satisfies Required<Omit<LagRangeOptions, "rateHz">>;

/**
 * The lags an option set stands for: all whole samples from `minLagSeconds` to `maxLagSeconds`.
 *
 * @param options of a model
 * @param who asks, for the message; default `lagRange`
 * @throws ToolkitError `bad-option`
 */
export function lagRange(options: LagRangeOptions, who = "lagRange"): LagOptions {
  const { rateHz, minLagSeconds, maxLagSeconds, edges } = { ...lagRangeDefaults, ...options };
  checkNumber(who, "rateHz", rateHz, { above: 0 });
  checkNumber(who, "minLagSeconds", minLagSeconds);
  checkNumber(who, "maxLagSeconds", maxLagSeconds, { from: minLagSeconds });
  if (edges !== "valid" && edges !== "zeropad") {
    throw new ToolkitError("bad-option", `${who}: edges is "${String(edges)}"; it must be "valid" or "zeropad"`);
  }
  // A lag within a millionth of a sample of the limit is meant to be on it; + 0 turns -0 into 0.
  const firstLag = Math.ceil(minLagSeconds * rateHz - 1e-6) + 0;
  const lastLag = Math.floor(maxLagSeconds * rateHz + 1e-6) + 0;
  if (lastLag < firstLag) {
    throw new ToolkitError(
      "bad-option",
      `${who}: no whole sample lies between lags ${minLagSeconds} and ${maxLagSeconds} s at ${rateHz} Hz; widen the range`,
    );
  }
  return { firstLag, lastLag, edges };
}

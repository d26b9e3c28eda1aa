import { checkNumber } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { type DecisionSummary, summariseDecisions } from "./attentionDecision.ts";
import { leaveOutSums } from "./leaveOutSums.ts";
import { predictTrf } from "./predictTrf.ts";
import { type SimulateEegOptions, simulateEeg, simulateEegDefaults } from "./simulateEeg.ts";
import { trialCovariances } from "./trfCovariance.ts";
import type { TrfOptions } from "./trfOptions.ts";
import { solveTrf } from "./trfPath.ts";
import { createWindowScorer, type DecodedTrial, isCorrect } from "./windowScores.ts";

/** Sources of a trial and the one that simulated EEG follows. */
export type ControlTrial = Pick<DecodedTrial, "candidates" | "attended" | "cluster">;

/** Options of {@link positiveControl}. */
export interface PositiveControlOptions extends SimulateEegOptions {
  /** Accuracy to be reached, default 0.9. */
  bar?: number;
  /** The backward model, default `trainTrf`'s with lags up to 350 ms. */
  model?: Omit<TrfOptions, "direction" | "rateHz">;
  /** Of the interval, and 1 less the level of the test; default 0.95. */
  confidence?: number;
}

/** Default options of {@link positiveControl}. */
export const positiveControlDefaults = {
  ...simulateEegDefaults,
  bar: 0.9,
  model: { maxLagSeconds: 0.35 },
  confidence: 0.95,
} as const satisfies Required<Omit<PositiveControlOptions, "rateHz">>;

/** Accuracy of the control over trials, with its chance level, interval and p-value. */
export interface PositiveControl extends DecisionSummary {
  /** Whether the accuracy reaches the bar and is above chance at the level of the test. */
  readonly passed: boolean;
  /** The bar. */
  readonly bar: number;
  /** What was decoded of each trial by a model of all others, for curves and nulls. */
  readonly decoded: readonly DecodedTrial[];
  /** Options as resolved. */
  readonly options: Required<PositiveControlOptions>;
}

/**
 * Decodes EEG made to follow the attended source ({@link simulateEeg}), trial by trial with a backward model of all others. What
 * cannot be decoded here cannot be in real EEG: the sources are too alike, too short, or something in between is broken. With
 * `snrDb: -Infinity` it is the negative control and must not pass.
 *
 * @param trials at least two; the sources as used for the real EEG
 * @throws ToolkitError as {@link simulateEeg}, `trainTrf` and {@link createWindowScorer}
 */
export function positiveControl(trials: readonly ControlTrial[], options: PositiveControlOptions): PositiveControl {
  const who = "positiveControl";
  const resolved = { ...positiveControlDefaults, ...options };
  const { rateHz, bar, confidence, channels, snrDb, seed } = resolved;
  checkNumber(who, "bar", bar, { from: 0, to: 1 });
  if (trials.length < 2) {
    throw new ToolkitError("bad-shape", `${who}: ${trials.length} trials given; 2 or more are needed`);
  }
  const attended = trials.map(({ candidates, attended: number }, t) => {
    const features = candidates[number];
    if (features !== undefined) return features;
    throw new ToolkitError("bad-option", `${who}: trial ${t} has no source ${number} to attend to`);
  });
  const simulated = simulateEeg(attended, { rateHz, channels, snrDb, seed });
  const model: TrfOptions = { ...positiveControlDefaults.model, ...resolved.model, direction: "backward", rateHz };
  const decoded: DecodedTrial[] = [];
  for (const { left: t, others } of leaveOutSums(trialCovariances(who, simulated, model), [])) {
    decoded[t] = { ...trials[t]!, decoded: predictTrf(solveTrf(others, model), simulated[t]!.eeg) };
  }
  const summary = summariseDecisions(
    decoded.map((trial, t) => {
      const scorer = createWindowScorer(`${who}: trial ${t}`, trial);
      return { correct: isCorrect(scorer.score(scorer.samples), 0), sources: scorer.sources };
    }),
    { confidence },
  );
  const passed = summary.accuracy >= bar && summary.pValue <= 1 - confidence;
  return { ...summary, passed, bar, decoded, options: resolved };
}

import { ToolkitError } from "../core/error.ts";
import { fitZScore, type ZScore, type ZScoreOptions } from "../signal/zScore.ts";

/** Channels of one trial, [channels, samples]. */
type Trial = readonly Float64Array[];

/**
 * Refuses training trials that are among the test trials: the same arrays, arrays that share memory, or equal samples in
 * every channel.
 *
 * @param who the function that is about to fit, for the message
 * @param training [trials][channels, samples]
 * @param test [trials][channels, samples]
 * @throws ToolkitError `bad-value` naming both trials
 */
export function checkTrainingOnly(who: string, training: readonly Trial[], test: readonly Trial[]): void {
  for (const [i, one] of training.entries()) {
    for (const [j, other] of test.entries()) {
      if (one.length > 0 && (one.some((channel) => other.some((c) => overlap(channel, c))) || equal(one, other))) {
        throw new ToolkitError(
          "bad-value",
          `${who}: training trial ${i} is test trial ${j}, or shares samples with it; fit on training trials only`,
        );
      }
    }
  }
}

/** Options of `fitTrainingZScore`. */
export interface TrainingZScoreOptions extends ZScoreOptions {
  /** The trials the scaler must know nothing of, [trials][channels, samples]. */
  test: readonly Trial[];
}

/**
 * `fitZScore` on training trials, refused if a test trial is among them.
 *
 * @param training [trials][channels, samples]
 * @throws ToolkitError as `checkTrainingOnly` and `fitZScore`
 */
export function fitTrainingZScore(training: readonly Trial[], options: TrainingZScoreOptions): ZScore {
  const { test, ...scaling } = options;
  checkTrainingOnly("fitTrainingZScore", training, test);
  return fitZScore(training, scaling);
}

function overlap(a: Float64Array, b: Float64Array): boolean {
  return (
    a.buffer === b.buffer &&
    Math.max(a.byteOffset, b.byteOffset) < Math.min(a.byteOffset + a.byteLength, b.byteOffset + b.byteLength)
  );
}

function equal(a: Trial, b: Trial): boolean {
  if (a.length !== b.length || a[0]!.length === 0) return false;
  return a.every((channel, c) => channel.length === b[c]!.length && channel.every((value, i) => value === b[c]![i]));
}

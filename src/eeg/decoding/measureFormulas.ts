import { checkFinite, checkNumber, checkWhole } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";

/**
 * d': the difference of the means in units of the root of the mean variance (Green & Swets 1966), for correlations also called
 * attention modulation index. With variances a and b, `(mean - mean) / sqrt((a + b) / 2)`, variances over the count itself.
 *
 * @param attended at least one value
 * @param unattended at least one value
 * @returns 0 where all are equal, an infinity where only the means differ
 * @throws ToolkitError `bad-shape` for no values, `bad-value` if one is not finite
 */
export function discriminability(attended: ArrayLike<number>, unattended: ArrayLike<number>): number {
  checkSeries("discriminability", attended, unattended);
  const a = moments(attended);
  const b = moments(unattended);
  const difference = a.mean - b.mean;
  return difference === 0 ? 0 : difference / Math.sqrt((a.variance + b.variance) / 2);
}

/**
 * Area under the receiver operating characteristic: the probability that one of the first is above one of the second, a tie
 * counting half (Mann & Whitney 1947; Hanley & McNeil 1982), by ranks.
 *
 * @param attended at least one value
 * @param unattended at least one value
 * @returns from 0 to 1, 0.5 by chance
 * @throws ToolkitError `bad-shape` for no values, `bad-value` if one is not finite
 */
export function rankAuc(attended: ArrayLike<number>, unattended: ArrayLike<number>): number {
  checkSeries("rankAuc", attended, unattended);
  const above = Float64Array.from(attended).sort();
  const below = Float64Array.from(unattended).sort();
  let wins = 0;
  let less = 0;
  let notMore = 0;
  for (const value of above) {
    while (less < below.length && below[less]! < value) less++;
    while (notMore < below.length && below[notMore]! <= value) notMore++;
    wins += (less + notMore) / 2;
  }
  return wins / (above.length * below.length);
}

/**
 * Information transfer rate (Wolpaw et al., "Brain-computer interfaces for communication and control", Clin. Neurophysiol.
 * 2002), in bits per minute, with N sources and accuracy P
 *
 *     bits a decision = log2 N + P log2 P + (1 - P) log2((1 - P) / (N - 1))
 *
 * The formula rises again below chance, where a decoder would be right by being turned around; that is 0 here.
 *
 * @param accuracy from 0 to 1
 * @param options number of sources, and seconds from one decision to the next
 * @throws ToolkitError `bad-option`
 */
export function informationRate(accuracy: number, options: { sources: number; windowSeconds: number }): number {
  const who = "informationRate";
  const { sources, windowSeconds } = options;
  checkNumber(who, "accuracy", accuracy, { from: 0, to: 1 });
  checkWhole(who, "sources", sources, 2);
  checkNumber(who, "windowSeconds", windowSeconds, { above: 0 });
  if (accuracy <= 1 / sources) return 0;
  const wrong = accuracy === 1 ? 0 : (1 - accuracy) * Math.log2((1 - accuracy) / (sources - 1));
  return ((Math.log2(sources) + accuracy * Math.log2(accuracy) + wrong) * 60) / windowSeconds;
}

function checkSeries(who: string, attended: ArrayLike<number>, unattended: ArrayLike<number>): void {
  if (attended.length === 0 || unattended.length === 0) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: ${attended.length} attended and ${unattended.length} unattended values; one of each is needed`,
    );
  }
  checkFinite(who, "attended", attended);
  checkFinite(who, "unattended", unattended);
}

function moments(values: ArrayLike<number>): { mean: number; variance: number } {
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += values[i]! / values.length;
  let variance = 0;
  for (let i = 0; i < values.length; i++) variance += (values[i]! - mean) ** 2 / values.length;
  return { mean, variance };
}

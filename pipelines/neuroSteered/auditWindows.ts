import type { PreparedTrial } from "./prepareSubject.ts";

/** Length of the windows of the leakage audit, in seconds. */
const windowSeconds = 2;

/**
 * What tells one window of EEG from another without any knowledge of attention: the logarithm of the variance of each channel.
 *
 * @returns [windows][channels]; windows do not overlap
 */
export function auditWindows({ signal, eog }: PreparedTrial): Float64Array[] {
  const { rateHz, names, channels } = signal;
  const length = Math.round(windowSeconds * rateHz);
  const eeg = channels.filter((_, c) => !eog.includes(names[c]!));
  const count = Math.floor(channels[0]!.length / length);
  return Array.from({ length: count }, (_, w) =>
    Float64Array.from(eeg, (channel) => logVariance(channel.subarray(w * length, (w + 1) * length))),
  );
}

function logVariance(values: Float64Array): number {
  let [sum, squares] = [0, 0];
  for (const value of values) sum += value;
  const mean = sum / values.length;
  for (const value of values) squares += (value - mean) ** 2;
  // a flat stretch has no logarithm; the smallest normal number stands in
  return Math.log(Math.max(2 ** -1022, squares / values.length));
}

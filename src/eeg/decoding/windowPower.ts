import { checkWhole } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";

/**
 * What a classifier of EEG windows could recognise a trial by: mean and logarithm of the variance of each channel. For
 * `leakageAudit`.
 *
 * @param eeg [channels][samples]
 * @param windowSamples length of the windows, which do not overlap; what is left at the end is dropped
 * @returns [windows][2 * channels]: means, then logarithms; a constant channel counts as of variance 1e-30
 * @throws ToolkitError `bad-shape` if no window fits or lengths differ, `bad-option`
 */
export function windowPower(eeg: readonly Float64Array[], windowSamples: number): Float64Array[] {
  const who = "windowPower";
  checkWhole(who, "windowSamples", windowSamples, 2);
  const samples = eeg[0]?.length ?? 0;
  if (samples < windowSamples || eeg.some((channel) => channel.length !== samples)) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: ${eeg.length} channels, the first of ${samples} samples; channels of one length, at least ${windowSamples}, are needed`,
    );
  }
  return Array.from({ length: Math.floor(samples / windowSamples) }, (_, w) => {
    const features = new Float64Array(2 * eeg.length);
    for (const [c, channel] of eeg.entries()) {
      const window = channel.subarray(w * windowSamples, (w + 1) * windowSamples);
      const mean = window.reduce((sum, value) => sum + value, 0) / windowSamples;
      const variance = window.reduce((sum, value) => sum + (value - mean) ** 2, 0) / windowSamples;
      features[c] = mean;
      features[eeg.length + c] = Math.log(Math.max(variance, 1e-30));
    }
    return features;
  });
}

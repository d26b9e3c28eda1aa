import { checkFinite } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";

/**
 * Refuses a signal without samples and one with samples that are not finite.
 *
 * @param who the function that checks, for the message
 * @param name what the signal is called
 * @param samples [samples]
 * @throws ToolkitError `bad-shape`, `bad-value`
 */
export function checkSignal(who: string, name: string, samples: Float64Array): void {
  if (samples.length === 0) throw new ToolkitError("bad-shape", `${who}: ${name} has no samples; pass at least 1`);
  checkSamples(who, name, samples);
}

/**
 * Refuses samples that are not finite; no samples at all are fine. A finite number times 0 is 0, everything else NaN: one
 * fast pass, and the slow one that names the sample only where it is needed.
 *
 * @throws ToolkitError `bad-value`
 */
export function checkSamples(who: string, name: string, samples: Float64Array): void {
  let even = 0;
  let odd = 0;
  const pairs = samples.length - (samples.length % 2);
  for (let i = 0; i < pairs; i += 2) {
    even += samples[i]! * 0;
    odd += samples[i + 1]! * 0;
  }
  if (pairs < samples.length) even += samples[pairs]! * 0;
  if (even + odd !== 0) checkFinite(who, name, samples);
}

/**
 * Refuses a block with another number of channels than expected, channels of unequal length, or samples that are not
 * finite.
 *
 * @param who the function that checks
 * @param channels [channels, samples]
 * @param expected number of channels
 * @returns number of samples
 * @throws ToolkitError `bad-shape`, `bad-value`
 */
export function checkBlock(who: string, channels: readonly Float64Array[], expected: number): number {
  if (channels.length !== expected) {
    throw new ToolkitError("bad-shape", `${who}: the block has ${channels.length} channels; ${expected} are expected`);
  }
  const length = channels[0]?.length ?? 0;
  for (const [c, channel] of channels.entries()) {
    if (channel.length !== length) {
      throw new ToolkitError(
        "bad-shape",
        `${who}: channel ${c} has ${channel.length} samples, channel 0 ${length}; all must have the same`,
      );
    }
    checkSamples(who, `channel ${c}`, channel);
  }
  return length;
}

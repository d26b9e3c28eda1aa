import { checkNumber } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import type { TimeSpan } from "../eegSignal.ts";

/**
 * The samples that spans of time exclude: those whose time, from that of the sample to that of the next one, a span meets. Spans
 * that were found at another rate therefore exclude rather one sample more than one less; ends on the grid are exact.
 *
 * @param who asks, for messages
 * @param spans from the trial's first sample; what is outside the trial does not matter
 * @param options rate and length of the trial
 * @returns one flag a sample, 1 where it is excluded; undefined where none is
 * @throws ToolkitError `bad-value` for times that are not finite or a span that ends before it starts
 */
export function excludedSamples(
  who: string,
  spans: readonly TimeSpan[] | undefined,
  { rateHz, samples }: { rateHz: number; samples: number },
): Uint8Array | undefined {
  checkNumber(who, "rateHz", rateHz, { above: 0 });
  if (spans === undefined || spans.length === 0) return undefined;
  const flags = new Uint8Array(samples);
  for (const [i, { startSeconds, endSeconds }] of spans.entries()) {
    if (!(Number.isFinite(startSeconds) && Number.isFinite(endSeconds) && endSeconds >= startSeconds)) {
      throw new ToolkitError(
        "bad-value",
        `${who}: excluded span ${i} is from ${startSeconds} to ${endSeconds} s; finite times in order are needed`,
      );
    }
    // Within a millionth of a sample a time is meant to be on the grid.
    const start = Math.max(0, Math.floor(startSeconds * rateHz + 1e-6));
    const end = Math.min(samples, Math.ceil(endSeconds * rateHz - 1e-6));
    if (end > start) flags.fill(1, start, end);
  }
  return flags.includes(1) ? flags : undefined;
}

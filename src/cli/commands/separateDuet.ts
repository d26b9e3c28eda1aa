import { ToolkitError } from "../../core/error.ts";
import { row } from "../../core/matrix.ts";
import type { Signal } from "../../core/signal.ts";
import { type DuetResult, duet } from "../../separation/duet.ts";
import { duetSources } from "../../separation/duetMasks.ts";
import { istft, type StftOptions, stft } from "../../signal/stft.ts";

/** What DUET made of a stereo mixture. */
export interface DuetSeparation {
  /** Each source as the left channel has it, the highest peak first. */
  readonly sources: Signal[];
  /** For `histogram.json`: axes, values [attenuations][delays], peaks, and what was left out. */
  readonly histogram: object;
  readonly peaks: DuetResult["peaks"];
}

/**
 * Separates a stereo mixture by level and time between its channels.
 *
 * @param path for messages
 * @param signal [2, samples]
 * @param options number of sources, and the transform
 * @throws ToolkitError `bad-shape` if there are not two channels; as `duet`
 */
export function separateDuet(
  path: string,
  { rateHz, channels }: Signal,
  { sources, transform }: { sources: number; transform: StftOptions },
): DuetSeparation {
  if (channels.length !== 2) {
    throw new ToolkitError(
      "bad-shape",
      `${path}: has ${channels.length} channel${channels.length === 1 ? "" : "s"}; --method duet compares two`,
    );
  }
  const [left, right] = [stft(channels[0]!, transform), stft(channels[1]!, transform)];
  const { histogram, peaks, masks } = duet(left, right, { sources });
  const { attenuations, delays, values, countedBins, excluded, options } = histogram;
  return {
    sources: duetSources(left, right, { peaks, masks }).map((estimate) => ({ rateHz, channels: [istft(estimate)] })),
    histogram: {
      attenuations,
      delays,
      values: Array.from({ length: values.rows }, (_, r) => row(values, r)),
      peaks,
      countedBins,
      excluded,
      options,
    },
    peaks,
  };
}

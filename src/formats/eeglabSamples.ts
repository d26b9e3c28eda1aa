import { ToolkitError } from "../core/error.ts";
import type { EeglabSignal } from "./eeglabHeader.ts";
import type { MatNumbers } from "./matElements.ts";
import { maximumReadBytes } from "./readAhead.ts";
import type { PieceReader } from "./windowReaders.ts";

/** Where the samples of a dataset are. */
export interface EeglabData {
  /** The file that has them, for messages. */
  readonly name: string;
  /** All channels of one sample after another, or all samples of one channel after another if `vectorized`. */
  readonly numbers: MatNumbers;
  readonly vectorized: boolean;
  readonly signals: readonly EeglabSignal[];
  readonly samples: number;
}

/** Reads samples as they are stored: in the signals' own unit. */
export function eeglabReader(data: EeglabData): PieceReader<Float64Array> {
  const { numbers, vectorized, signals, samples } = data;
  const most = Math.max(1, Math.floor(maximumReadBytes / 8 / (vectorized ? 1 : signals.length)));
  return async (indices, { startSample, endSample, at }, out) => {
    for (let sample = startSample; sample < endSample; sample += most) {
      const count = Math.min(most, endSample - sample);
      const to = at + sample - startSample;
      if (vectorized) {
        for (const [c, index] of indices.entries()) {
          const first = index * samples + sample;
          out[c]!.set(await numbers.read(first, first + count), to);
        }
      } else {
        const stride = signals.length;
        const values = await numbers.read(sample * stride, (sample + count) * stride);
        for (const [c, index] of indices.entries()) {
          const channel = out[c]!;
          for (let i = 0, n = index; i < count; i++, n += stride) channel[to + i] = values[n]!;
        }
      }
      for (const [c, index] of indices.entries()) checkFinite(data, out[c]!.subarray(to, to + count), index, sample);
    }
  };
}

function checkFinite({ name, signals }: EeglabData, values: Float64Array, index: number, sample: number): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new ToolkitError(
      "bad-value",
      `${name}: channel "${signals[index]!.label}" (number ${index}) has ${values[i]} at sample ${sample + i}; a recording must be finite numbers`,
    );
  }
}

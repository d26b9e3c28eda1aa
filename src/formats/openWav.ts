import { checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { Signal } from "../core/signal.ts";
import type { ByteSource } from "./byteSource.ts";
import type { FormatWarning } from "./recording.ts";
import { readWavLayout } from "./wavHeader.ts";
import { decodeWavInto } from "./wavSamples.ts";

/** An opened WAV file; samples are read when asked for. */
export interface WavFile {
  /** Name of the source. */
  readonly name: string;
  readonly rateHz: number;
  /** Number of channels. */
  readonly channels: number;
  /** Number of samples in each channel. */
  readonly samples: number;
  readonly sampleFormat: "integer" | "float";
  /** Bits that carry the value. */
  readonly bitsPerSample: number;
  readonly durationSeconds: number;
  /** What is odd about the file: `streamed`, `early-end`, `partial-sample`. */
  readonly warnings: readonly FormatWarning[];
  /**
   * Reads samples `startSample` (default 0) to `endSample` (excluded, default the end), full scale 1, float64.
   *
   * @throws ToolkitError `bad-option` for a range outside the file, `bad-value` if a float sample is not finite
   */
  read(startSample?: number, endSample?: number): Promise<Signal>;
  /** Closes the source. */
  close(): Promise<void>;
}

/** Reads are no longer than this, so that little but the result is in memory. */
const maximumReadBytes = 4 * 2 ** 20;

/**
 * Opens a WAV file (RIFF, RIFX or RF64; plain or extensible): integers of 8 to 64 bits and floats of 32 or 64. Only the
 * header is read. A data chunk whose size was left open, or that ends early, is read as far as it goes, with a warning.
 *
 * @param source the file; it is used until it is closed
 * @throws ToolkitError `bad-format` if it is no WAV file or contradicts itself, `truncated`, `unsupported` if its samples
 * are compressed, `bad-value` if it has none
 */
export async function openWav(source: ByteSource): Promise<WavFile> {
  const layout = await readWavLayout(source);
  const { rateHz, channels, samples, containerBytes, sampleFormat, bitsPerSample, warnings } = layout;
  const frameBytes = channels * containerBytes;
  return {
    name: source.name,
    rateHz,
    channels,
    samples,
    sampleFormat,
    bitsPerSample,
    durationSeconds: samples / rateHz,
    warnings,
    read: async (startSample = 0, endSample = samples) => {
      checkWhole(`${source.name}: read`, "startSample", startSample, 0, samples);
      checkWhole(`${source.name}: read`, "endSample", endSample, startSample, samples);
      const out = Array.from({ length: channels }, () => new Float64Array(endSample - startSample));
      const framesAtOnce = Math.max(1, Math.floor(maximumReadBytes / frameBytes));
      for (let first = startSample; first < endSample; first += framesAtOnce) {
        const last = Math.min(first + framesAtOnce, endSample);
        const bytes = await source.read(layout.dataStart + first * frameBytes, layout.dataStart + last * frameBytes);
        decodeWavInto(bytes, layout, out, first - startSample);
      }
      if (sampleFormat === "float") checkSamples(source.name, out, startSample);
      return { rateHz, channels: out };
    },
    close: () => source.close(),
  };
}

function checkSamples(name: string, channels: readonly Float64Array[], startSample: number): void {
  channels.forEach((channel, c) => {
    for (let i = 0; i < channel.length; i++) {
      if (Number.isFinite(channel[i])) continue;
      throw new ToolkitError(
        "bad-value",
        `${name}: channel ${c} has ${channel[i]} at sample ${startSample + i}; samples must be finite, repair the file`,
      );
    }
  });
}

import { ToolkitError } from "../core/error.ts";
import { openFile } from "../formats/file.ts";
import { openRecordingFile } from "../formats/openRecordingFile.ts";
import { openWav } from "../formats/openWav.ts";
import { type ReadOptions, type Recording, readDefaults } from "../formats/recording.ts";
import { timeSamples } from "../formats/segments.ts";
import type { SampleSource } from "./blocks.ts";

/** Options of `recordingSource`, see `ReadOptions`. */
export type RecordingSourceOptions = Pick<ReadOptions, "gapPolicy" | "volts">;

/**
 * A sample source on some signals of a recording (EDF, BDF, BrainVision), in physical units. Where the recording has gaps
 * samples are numbered by their time, so that sample n is at n / rateHz seconds, and reading one that a gap swallowed is an
 * error; with the gap policy `nan` it is NaN, with `join` the stored samples are numbered without gaps.
 *
 * @param path the file; of a BrainVision recording the header
 * @param signals labels or numbers; all must share one rate. Default all that are not annotations
 * @param options default `readDefaults`
 * @throws ToolkitError as `openRecordingFile`; `bad-option` if the rates differ
 */
export async function recordingSource(
  path: string,
  signals?: readonly (string | number)[],
  options: RecordingSourceOptions = {},
): Promise<SampleSource> {
  const recording = await openRecordingFile(path);
  try {
    const chosen = chooseSignals(recording, signals);
    const { rateHz, samples } = recording.signals[chosen[0]!]!;
    const { gapPolicy, volts } = { ...readDefaults, ...options };
    const inTime = recording.segments.length > 1 && gapPolicy !== "join";
    return {
      rateHz,
      samples: inTime ? timeSamples(recording.segments, rateHz) : samples,
      read: (startSample, endSample) => {
        const window = inTime
          ? { startSeconds: startSample / rateHz, endSeconds: endSample / rateHz }
          : { startSample, endSample };
        return recording.read({ signals: chosen, gapPolicy, volts, ...window });
      },
      close: () => recording.close(),
    };
  } catch (error) {
    await recording.close();
    throw error;
  }
}

function chooseSignals(recording: Recording, wanted: readonly (string | number)[] | undefined): number[] {
  const ordinary = recording.signals.filter((signal) => !signal.isAnnotations);
  const chosen = wanted
    ? wanted.map((name) => {
        const found = recording.signals.find(
          (signal) => (typeof name === "number" ? signal.index : signal.label) === name,
        );
        if (found) return found;
        throw new ToolkitError(
          "not-found",
          `${recording.name}: no signal ${JSON.stringify(name)}; there are ${ordinary.map(({ label }) => label).join(", ")}`,
        );
      })
    : ordinary;
  const first = chosen[0];
  if (!first) throw new ToolkitError("bad-value", `${recording.name}: has no signals besides annotations`);
  const other = chosen.find((signal) => signal.rateHz !== first.rateHz);
  if (other) {
    throw new ToolkitError(
      "bad-option",
      `${recording.name}: ${first.label} is at ${first.rateHz} Hz, ${other.label} at ${other.rateHz} Hz; name signals of one rate`,
    );
  }
  return chosen.map((signal) => signal.index);
}

/**
 * A sample source on a WAV file, full scale 1.
 *
 * @param path the file
 * @throws ToolkitError as `openFile` and `openWav`
 */
export async function audioSource(path: string): Promise<SampleSource> {
  const file = await openFile(path);
  try {
    const wav = await openWav(file);
    return {
      rateHz: wav.rateHz,
      samples: wav.samples,
      read: (startSample, endSample) => wav.read(startSample, endSample),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

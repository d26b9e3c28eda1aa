import { ToolkitError } from "../core/error.ts";
import { openFile } from "../formats/file.ts";
import { openEdf } from "../formats/openEdf.ts";
import { openWav } from "../formats/openWav.ts";
import type { Recording } from "../formats/recording.ts";
import type { SampleSource } from "./blocks.ts";

/**
 * A sample source on some signals of an EDF or BDF recording, in physical units.
 *
 * @param path the file
 * @param signals labels or numbers; all must share one rate. Default all that are not annotations
 * @throws ToolkitError as `openFile` and `openEdf`; `bad-option` if the rates differ
 */
export async function recordingSource(path: string, signals?: readonly (string | number)[]): Promise<SampleSource> {
  const file = await openFile(path);
  try {
    const recording = await openEdf(file);
    const chosen = chooseSignals(recording, signals);
    const { rateHz, samples } = recording.signals[chosen[0]!]!;
    return {
      rateHz,
      samples,
      read: (startSample, endSample) => recording.read({ signals: chosen, startSample, endSample }),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
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

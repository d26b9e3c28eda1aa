import { memorySource } from "../../src/formats/byteSource.ts";
import { type ConvertToEdfOptions, convertToEdf, type EdfConversion } from "../../src/formats/convertToEdf.ts";
import type { EdfRecording } from "../../src/formats/edfRecording.ts";
import { openEdf } from "../../src/formats/openEdf.ts";
import type { Recording } from "../../src/formats/recording.ts";

/** Converts in memory and opens the result. */
export async function converted(
  recording: Recording,
  options: ConvertToEdfOptions = {},
): Promise<{ edf: EdfRecording; facts: EdfConversion; bytes: Uint8Array }> {
  const pieces: Uint8Array[] = [];
  let end = 0;
  const facts = await convertToEdf(
    recording,
    async (bytes, position) => {
      if (position !== end) throw new Error(`written at ${position}, the file has ${end} bytes so far`);
      end += bytes.length;
      pieces.push(bytes.slice());
    },
    options,
  );
  const bytes = Uint8Array.from(Buffer.concat(pieces));
  return { edf: await openEdf(memorySource(bytes, "converted.edf")), facts, bytes };
}

/** Annotations as they can be compared across formats: onsets to the nanosecond. */
export async function plainAnnotations(recording: Recording) {
  return (await recording.annotations()).map(({ onsetSeconds, durationSeconds = 0, text, type }) => ({
    onset: Number(onsetSeconds.toFixed(9)),
    duration: Number(durationSeconds.toFixed(9)),
    text: type === undefined ? text : [type, text].filter(Boolean).join("/"),
  }));
}

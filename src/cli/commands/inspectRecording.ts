import { ToolkitError } from "../../core/error.ts";
import type { ByteSource } from "../../formats/byteSource.ts";
import { crossCheckEdf } from "../../formats/crossCheckEdf.ts";
import { openSibling } from "../../formats/file.ts";
import { openRecording } from "../../formats/openRecording.ts";
import { type RecordingStatus, readStatus, statusAnnotations } from "../../formats/readStatus.ts";

/** Everything that can be told of a recording without looking at its samples, in the order it is shown. */
export type RecordingFacts = Awaited<ReturnType<typeof recordingFacts>>;

/**
 * Opens a recording and gathers what is in it: header, signals, segments, annotations, of BDF files the Status signal, and
 * what is odd.
 *
 * @param source the file, named by its path; it is closed with the recording
 * @param options `crossCheck` reads it with a second decoder as well
 * @throws ToolkitError as `openRecording` and `crossCheckEdf`; `unsupported` for a cross-check of anything but EDF and BDF
 */
export async function recordingFacts(source: ByteSource, options: { readonly crossCheck?: boolean }) {
  const recording = await openRecording(source, (name) => openSibling(source.name, name));
  try {
    if (options.crossCheck && (recording.format === "BrainVision" || recording.format === "EEGLAB")) {
      throw new ToolkitError(
        "unsupported",
        `${recording.name}: is ${recording.format}; the second decoder reads EDF only`,
      );
    }
    const { warnings, signals, segments, read, readDigital, readSegments, close, annotations, ...header } = recording;
    const notes = await annotations();
    const found = await readStatus(recording);
    const ofStatus = found ? statusAnnotations(found, { rateHz: found.rateHz, segments }) : [];
    return {
      header,
      signals,
      segments,
      annotations: [...notes, ...ofStatus].sort((a, b) => a.onsetSeconds - b.onsetSeconds),
      ...(found ? { status: withoutWarnings(found) } : {}),
      warnings: [...warnings, ...(found?.warnings ?? [])],
      ...(options.crossCheck ? { crossCheck: await crossCheckEdf(source) } : {}),
    };
  } finally {
    await recording.close();
  }
}

function withoutWarnings({ warnings, ...status }: RecordingStatus): Omit<RecordingStatus, "warnings"> {
  return status;
}

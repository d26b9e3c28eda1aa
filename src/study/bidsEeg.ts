import { ToolkitError } from "../core/error.ts";
import { openRecordingFile } from "../formats/openRecordingFile.ts";
import { recordingSource } from "../streams/sources.ts";
import type { EegSource, StudyChannel } from "./study.ts";

/**
 * Opens the EEG and EOG channels of a recording.
 *
 * @param path of the recording
 * @param declared types and quality of its channels as a table says; without one the file's own types hold, and signals of
 *   unknown type count as EEG
 * @throws ToolkitError as `recordingSource`; `bad-value` if no channel is EEG
 */
export async function openEegFile(path: string, declared?: readonly StudyChannel[]): Promise<EegSource> {
  const channels = (declared ?? (await channelsOf(path))).filter(({ type }) => type === "eeg" || type === "eog");
  if (!channels.some(({ type }) => type === "eeg")) {
    throw new ToolkitError("bad-value", `${path}: none of its signals is EEG; name them in a *_channels.tsv beside it`);
  }
  const source = await recordingSource(
    path,
    channels.map(({ name }) => name),
  );
  return { ...source, channels };
}

async function channelsOf(path: string): Promise<StudyChannel[]> {
  const recording = await openRecordingFile(path);
  try {
    return recording.signals
      .filter(({ isAnnotations }) => !isAnnotations)
      .map(({ label, type }) => ({ name: label, type: type === "unknown" ? "eeg" : type }));
  } finally {
    await recording.close();
  }
}

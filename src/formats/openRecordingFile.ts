import type { EdfRecording } from "./edfRecording.ts";
import { openFile, openSibling } from "./file.ts";
import type { BrainVisionRecording } from "./openBrainVision.ts";
import type { EeglabRecording } from "./openEeglab.ts";
import { type OpenRecordingOptions, openRecording } from "./openRecording.ts";

/**
 * Opens a recording on disk: `openRecording` on a file and its folder. Closing the recording closes the files.
 *
 * @param path EDF, BDF, the header of a BrainVision recording (.vhdr), or an EEGLAB dataset (.set)
 * @throws ToolkitError `not-found` if there is no such file, otherwise as `openRecording`
 */
export async function openRecordingFile(
  path: string,
  options: OpenRecordingOptions = {},
): Promise<EdfRecording | BrainVisionRecording | EeglabRecording> {
  const source = await openFile(path);
  try {
    return await openRecording(source, (name) => openSibling(path, name), options);
  } catch (error) {
    await source.close();
    throw error;
  }
}

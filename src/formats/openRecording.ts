import { ToolkitError } from "../core/error.ts";
import { brainVisionKind } from "./brainVisionText.ts";
import type { ByteSource } from "./byteSource.ts";
import type { EdfRecording } from "./edfRecording.ts";
import { foreignKind } from "./foreignKind.ts";
import { matVersion } from "./matFile.ts";
import { type BrainVisionRecording, openBrainVision, type SiblingOpener } from "./openBrainVision.ts";
import { openEdf } from "./openEdf.ts";
import { type EeglabRecording, openEeglab } from "./openEeglab.ts";

/** Options of `openRecording`. */
export interface OpenRecordingOptions {
  /** Read what is there of a file that ends before its header says, with a warning. Default false: refuse it. */
  readonly allowTruncated?: boolean;
}

/** Defaults of `openRecording`. */
export const openRecordingDefaults = { allowTruncated: false } as const satisfies OpenRecordingOptions;

/**
 * Which recording format a file is in, by its first bytes, never by its name.
 *
 * @param bytes the first 128 or more
 * @returns `undefined` if it is none; a BrainVision marker file is none, its header is the one to open;
 * any MATLAB file from version 5 on is taken for an EEGLAB dataset
 */
export function recordingKind(bytes: Uint8Array): "edf" | "brainVision" | "eeglab" | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 8));
  // EDF begins with version "0", BDF with 0xFF and BIOSEMI
  if (/^0 {3,}/.test(start) || start === "\u00ffBIOSEMI") return "edf";
  if (brainVisionKind(bytes) === "header") return "brainVision";
  return matVersion(bytes) ? "eeglab" : undefined;
}

/**
 * Opens a recording of any format that can be read (EDF, BDF, BrainVision, EEGLAB), told by its content.
 *
 * @param source the file; of a BrainVision recording the header, of an EEGLAB dataset the .set file
 * @param siblings opens the files beside it; formats of one file do without
 * @throws ToolkitError `bad-format` if it is no recording, otherwise as `openEdf`, `openBrainVision` and
 * `openEeglab`
 */
export async function openRecording(
  source: ByteSource,
  siblings: SiblingOpener = async () => undefined,
  options: OpenRecordingOptions = {},
): Promise<EdfRecording | BrainVisionRecording | EeglabRecording> {
  const head = await source.read(0, Math.min(128, source.byteLength));
  const kind = recordingKind(head);
  if (kind === "edf") return openEdf(source, options);
  if (kind === "brainVision") return openBrainVision(source, siblings, options);
  if (kind === "eeglab") return openEeglab(source, siblings, options);
  const found = foreignKind(head);
  throw new ToolkitError(
    "bad-format",
    `${source.name}: begins with ${JSON.stringify(String.fromCharCode(...head.subarray(0, 8)))}${found ? ` (${found})` : ""}; a recording is an EDF or BDF file, a BrainVision header (.vhdr) or an EEGLAB dataset (.set)`,
  );
}

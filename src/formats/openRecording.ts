import { ToolkitError } from "../core/error.ts";
import { brainVisionKind } from "./brainVisionText.ts";
import type { ByteSource } from "./byteSource.ts";
import type { EdfRecording } from "./edfRecording.ts";
import { foreignKind } from "./foreignKind.ts";
import { type BrainVisionRecording, openBrainVision, type SiblingOpener } from "./openBrainVision.ts";
import { openEdf } from "./openEdf.ts";

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
 * @returns `undefined` if it is none; a BrainVision marker file is none, its header is the one to open
 */
export function recordingKind(bytes: Uint8Array): "edf" | "brainVision" | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 8));
  // EDF begins with version "0", BDF with 0xFF and BIOSEMI
  if (/^0 {3,}/.test(start) || start === "\u00ffBIOSEMI") return "edf";
  return brainVisionKind(bytes) === "header" ? "brainVision" : undefined;
}

/**
 * Opens a recording of any format that can be read (EDF, BDF, BrainVision), told by its content.
 *
 * @param source the file; of a BrainVision recording the header
 * @param siblings opens the files beside it; formats of one file do without
 * @throws ToolkitError `bad-format` if it is no recording, otherwise as `openEdf` and `openBrainVision`
 */
export async function openRecording(
  source: ByteSource,
  siblings: SiblingOpener = async () => undefined,
  options: OpenRecordingOptions = {},
): Promise<EdfRecording | BrainVisionRecording> {
  const head = await source.read(0, Math.min(128, source.byteLength));
  const kind = recordingKind(head);
  if (kind === "edf") return openEdf(source, options);
  if (kind === "brainVision") return openBrainVision(source, siblings, options);
  const found = foreignKind(head);
  throw new ToolkitError(
    "bad-format",
    `${source.name}: begins with ${JSON.stringify(String.fromCharCode(...head.subarray(0, 8)))}${found ? ` (${found})` : ""}; a recording is an EDF or BDF file or a BrainVision header (.vhdr)`,
  );
}

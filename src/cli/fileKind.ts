import { ToolkitError } from "../core/error.ts";
import type { ByteSource } from "../formats/byteSource.ts";
import { foreignKind } from "../formats/foreignKind.ts";
import { recordingKind } from "../formats/openRecording.ts";

/** Kinds of files that commands read. */
export type FileKind = "recording" | "wav" | "npy";

/**
 * Tells what a file is by its first bytes, never by its name.
 *
 * @throws ToolkitError `bad-format` if it is none of the kinds this toolkit reads
 */
export async function fileKind(source: ByteSource): Promise<FileKind> {
  const head = await source.read(0, Math.min(128, source.byteLength));
  const text = String.fromCharCode(...head);
  if (text.startsWith("\x93NUMPY")) return "npy";
  if (/^(RIFF|RF64|RIFX)/.test(text)) return "wav";
  if (recordingKind(head)) return "recording";
  const kind = foreignKind(head);
  throw new ToolkitError(
    "bad-format",
    `${source.name}: begins with ${JSON.stringify(text.slice(0, 8))}${kind && kind !== "text" ? ` (${kind})` : ""}, which is no EDF, BDF, BrainVision header, EEGLAB dataset, WAV or NPY file`,
  );
}

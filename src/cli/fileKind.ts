import { ToolkitError } from "../core/error.ts";
import type { ByteSource } from "../formats/byteSource.ts";

/** Kinds of files that commands read. */
export type FileKind = "edf" | "wav" | "npy";

/**
 * Tells what a file is by its first bytes, never by its name.
 *
 * @throws ToolkitError `bad-format` if it is none of the kinds this toolkit reads
 */
export async function fileKind(source: ByteSource): Promise<FileKind> {
  const head = await source.read(0, Math.min(12, source.byteLength));
  const text = String.fromCharCode(...head);
  if (text.startsWith("\x93NUMPY")) return "npy";
  if (/^(RIFF|RF64|RIFX)/.test(text)) return "wav";
  // EDF begins with version "0", BDF with 0xFF and BIOSEMI
  if (/^0 {3,}/.test(text) || text.startsWith("\xffBIOSEMI")) return "edf";
  throw new ToolkitError(
    "bad-format",
    `${source.name}: begins with ${JSON.stringify(text.slice(0, 8))}, which is no EDF, BDF, WAV or NPY file`,
  );
}

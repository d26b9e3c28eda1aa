import { ToolkitError } from "../core/error.ts";
import type { ByteSource } from "./byteSource.ts";
import { foreignKind } from "./foreignKind.ts";
import { decodeText } from "./text.ts";

/** One `key=value` line. */
export interface BrainVisionEntry {
  readonly key: string;
  readonly value: string;
  /** Number of the line, from 1. */
  readonly line: number;
}

/** A header or marker file taken apart. */
export interface BrainVisionText {
  /** As its first line states it, such as `1.0`. */
  readonly version: string;
  /** Entries of each section; names of sections in lower case. */
  readonly sections: ReadonlyMap<string, readonly BrainVisionEntry[]>;
}

/** Text files are read whole; what is larger than this is none (ten thousand channels, a million markers). */
const maximumBytes = { header: 8 * 2 ** 20, markers: 64 * 2 ** 20 };

/** Sections that may stand behind the free text of `[Comment]`, which can hold lines of any kind. */
const knownSections = /^\[(common infos|binary infos|channel infos|coordinates|marker infos)\]$/i;

/** Tells a BrainVision text file by its first bytes: the header, or the markers. */
export function brainVisionKind(bytes: Uint8Array): "header" | "markers" | undefined {
  const line = String.fromCharCode(...bytes.subarray(0, 128)).split(/[\r\n]/, 1)[0]!;
  const kind = /^(?:\u00ef\u00bb\u00bf)?\s*Brain ?Vision\b.*\b(Header|Marker) File\b/i.exec(line)?.[1]?.toLowerCase();
  return kind === "header" ? "header" : kind === "marker" ? "markers" : undefined;
}

/**
 * Reads a BrainVision header or marker file: `key=value` lines below `[sections]`, `;` begins a comment. UTF-8, or the
 * Windows code page 1252 where it is none, whatever `Codepage` says.
 *
 * @param wanted which of the two it has to be
 * @throws ToolkitError `bad-format` if it is none, or too large; `unsupported` for a version above 2
 */
export async function readBrainVisionText(source: ByteSource, wanted: "header" | "markers"): Promise<BrainVisionText> {
  const { name, byteLength } = source;
  const head = await source.read(0, Math.min(128, byteLength));
  const kind = brainVisionKind(head);
  if (kind !== wanted) {
    const shown = JSON.stringify(String.fromCharCode(...head.subarray(0, 20)));
    const found =
      kind === "markers" ? "BrainVision markers" : kind === "header" ? "a BrainVision header" : foreignKind(head);
    throw new ToolkitError(
      "bad-format",
      `${name}: is no BrainVision ${wanted === "header" ? "header" : "marker"} file: it begins with ${shown}${found ? ` (${found})` : ""}${kind === "markers" ? "; name the header (.vhdr)" : ""}`,
    );
  }
  if (byteLength > maximumBytes[wanted]) {
    throw new ToolkitError(
      "bad-format",
      `${name}: has ${byteLength} bytes; a BrainVision text file of more than ${maximumBytes[wanted]} is none`,
    );
  }
  const lines = decodeText(await source.read(0, byteLength)).split(/\r\n|\r|\n/);
  const version = /Version\s+(\d+(?:\.\d+)?)/i.exec(lines[0]!)?.[1] ?? "1.0";
  if (!(Number(version) >= 1 && Number(version) < 3)) {
    throw new ToolkitError("unsupported", `${name}: is version ${version}; versions 1 and 2 are known`);
  }
  return { version, sections: splitSections(lines) };
}

function splitSections(lines: readonly string[]): Map<string, BrainVisionEntry[]> {
  const sections = new Map<string, BrainVisionEntry[]>();
  let section: BrainVisionEntry[] | undefined;
  let comment = false;
  lines.forEach((text, l) => {
    if (l === 0 || text.startsWith(";")) return;
    const heading = /^\[([^\]]+)\]\s*$/.exec(text)?.[1]?.trim().toLowerCase();
    if (heading !== undefined && (!comment || knownSections.test(text.trim()))) {
      comment = heading === "comment";
      section = comment ? undefined : (sections.get(heading) ?? []);
      if (section) sections.set(heading, section);
      return;
    }
    const equals = text.indexOf("=");
    if (!section || equals < 1) return;
    section.push({ key: text.slice(0, equals).trim(), value: text.slice(equals + 1).trim(), line: l + 1 });
  });
  return sections;
}

/** Fields of a value, separated by commas; a comma inside a field is written `\1`. */
export function splitFields(value: string): string[] {
  return value.split(",").map((field) => field.replaceAll("\\1", ","));
}

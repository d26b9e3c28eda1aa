import { type BrainVisionText, splitFields } from "./brainVisionText.ts";
import { checkedLocalTime } from "./localTime.ts";
import type { FormatWarning, LocalTime } from "./recording.ts";

/** One marker, as the file has it. */
export interface BrainVisionMarker {
  /** Such as `Stimulus`, `Response`, `Comment`, `New Segment`. */
  readonly type: string;
  readonly description: string;
  /** Number of the sample it is at, from 0. */
  readonly sample: number;
  /** Its length in samples. */
  readonly samples: number;
  /** Number of the channel it is about, from 0; missing if it is about all. */
  readonly signal?: number;
  /** When it was, where the file says (`New Segment`). */
  readonly time?: LocalTime;
  /** Microseconds to add to `time`. */
  readonly microseconds?: number;
}

/** What a marker file says. */
export interface BrainVisionMarkers {
  readonly markers: readonly BrainVisionMarker[];
  /** The data file it says it belongs to. */
  readonly dataFile?: string;
  readonly warnings: readonly FormatWarning[];
}

/** The type of the markers at which recording begins or goes on. */
export const newSegment = "New Segment";

/**
 * Understands a BrainVision marker file: `Mk1=type,description,position,size,channel,date`. Markers of any type are kept.
 *
 * @param name the file
 */
export function parseBrainVisionMarkers(name: string, { sections }: BrainVisionText): BrainVisionMarkers {
  const markers: BrainVisionMarker[] = [];
  let bad: { line: number; value: string; count: number } | undefined;
  for (const { key, value, line } of sections.get("marker infos") ?? []) {
    if (!/^mk\d+$/i.test(key)) continue;
    const marker = parseMarker(value);
    if (marker) markers.push(marker);
    else if (bad) bad.count++;
    else bad = { line, value, count: 1 };
  }
  const dataFile = sections.get("common infos")?.findLast(({ key }) => key.toLowerCase() === "datafile")?.value;
  const warnings: FormatWarning[] = [];
  if (bad) {
    const shown = bad.value.length > 60 ? `${bad.value.slice(0, 60)}...` : bad.value;
    warnings.push({
      code: "bad-annotation",
      message: `${name}: line ${bad.line}: the marker ${JSON.stringify(shown)} has no position${bad.count > 1 ? `, nor have ${bad.count - 1} others` : ""}; left out`,
    });
  }
  return { markers, ...(dataFile ? { dataFile } : {}), warnings };
}

function parseMarker(value: string): BrainVisionMarker | undefined {
  const [type = "", description = "", position = "", size = "", channel = "", date = ""] = splitFields(value);
  const place = whole(position);
  if (place === undefined) return undefined;
  const signal = whole(channel) ?? 0;
  return {
    type: type.trim(),
    description,
    sample: place - 1,
    samples: Math.max(0, whole(size) ?? 0),
    ...(signal >= 1 ? { signal: signal - 1 } : {}),
    ...parseDate(date.trim()),
  };
}

function whole(text: string): number | undefined {
  const value = /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** `YYYYMMDDhhmmssuuuuuu`; all zeros, or no date of the calendar, is none. */
function parseDate(text: string): { time?: LocalTime; microseconds?: number } {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{1,6})?$/.exec(text);
  if (!parts) return {};
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const time = checkedLocalTime({ year, month, day, hour, minute, second });
  return time ? { time, microseconds: Number((parts[7] ?? "").padEnd(6, "0")) } : {};
}

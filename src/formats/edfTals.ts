import { ToolkitError } from "../core/error.ts";
import type { Annotation } from "./recording.ts";
import { decodeText } from "./text.ts";

/** A time-stamped annotations list of EDF+: one onset, perhaps a duration, any number of texts. */
export interface Tal {
  /** Seconds after the start time of the header. */
  readonly onsetSeconds: number;
  readonly durationSeconds?: number;
  readonly texts: readonly string[];
}

/** The lists of one record, and where a list could not be understood. */
export interface TalRecord {
  readonly tals: readonly Tal[];
  /** Byte offsets, from the start of `bytes`, of lists that are not as EDF+ says. */
  readonly badOffsets: readonly number[];
}

const afterField = 0x14;
const beforeDuration = 0x15;
const number = /^[+-]\d+(\.\d*)?$/;

/**
 * Reads the annotation lists in one record of an annotations signal:
 * `onset [0x15 duration] 0x14 text 0x14 text 0x14 ... 0x00`, the rest filled with zeros.
 */
export function parseTals(bytes: Uint8Array): TalRecord {
  const tals: Tal[] = [];
  const badOffsets: number[] = [];
  for (let start = 0; start < bytes.length; ) {
    if (bytes[start] === 0) {
      start++;
      continue;
    }
    let end = bytes.indexOf(0, start);
    if (end < 0) end = bytes.length;
    const tal = parseTal(bytes.subarray(start, end));
    if (tal) tals.push(tal);
    else badOffsets.push(start);
    start = end + 1;
  }
  return { tals, badOffsets };
}

/**
 * The onset of the list at the start of a record, which keeps the record's time.
 *
 * @param bytes the start of the record's annotations; the list may go on behind them
 */
export function leadingOnset(bytes: Uint8Array): number | undefined {
  const end = bytes.indexOf(afterField);
  if (end < 0) return undefined;
  const onset = decodeText(splitAt(bytes.subarray(0, end), beforeDuration)[0]!);
  return number.test(onset) && Number.isFinite(Number(onset)) ? Number(onset) : undefined;
}

function parseTal(bytes: Uint8Array): Tal | undefined {
  if (bytes.at(-1) !== afterField) return undefined;
  const fields = splitAt(bytes, afterField);
  const [onset, duration] = splitAt(fields[0]!, beforeDuration).map(decodeText);
  if (!number.test(onset!) || (duration && !number.test(`+${duration}`))) return undefined;
  if (!Number.isFinite(Number(onset)) || !Number.isFinite(Number(duration ?? 0))) return undefined;
  return {
    onsetSeconds: Number(onset),
    ...(duration ? { durationSeconds: Number(duration) } : {}),
    texts: fields.slice(1, -1).map(decodeText),
  };
}

function splitAt(bytes: Uint8Array, separator: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let start = 0;
  for (let end = bytes.indexOf(separator); end >= 0; end = bytes.indexOf(separator, start)) {
    parts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  parts.push(bytes.subarray(start));
  return parts;
}

/**
 * One annotation as the bytes of a list with its final zero.
 *
 * @param who the function that writes
 * @throws ToolkitError `bad-value` if a time is not finite, the duration negative, or the text has control characters
 */
export function talText(who: string, { onsetSeconds, durationSeconds, text }: Annotation): Uint8Array {
  const bad = !Number.isFinite(onsetSeconds) || !(durationSeconds === undefined || durationSeconds >= 0);
  if (bad || durationSeconds === Infinity) {
    throw new ToolkitError(
      "bad-value",
      `${who}: annotation "${text}" has onset ${onsetSeconds} s and duration ${durationSeconds} s; times must be finite, durations at least 0`,
    );
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters the format uses itself
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text)) {
    throw new ToolkitError(
      "bad-value",
      `${who}: annotation ${JSON.stringify(text)} has control characters; remove them`,
    );
  }
  const sign = onsetSeconds < 0 ? "-" : "+";
  const duration = durationSeconds === undefined ? "" : `\u0015${decimals(durationSeconds)}`;
  return new TextEncoder().encode(`${sign}${decimals(Math.abs(onsetSeconds))}${duration}\u0014${text}\u0014\u0000`);
}

function decimals(value: number): string {
  const text = String(value);
  return text.includes("e") ? value.toFixed(20).replace(/\.?0+$/, "") : text;
}

/**
 * Lays annotation lists out over records of one size: each record starts with its own time-keeping list, the others
 * follow in order, as many as fit. EDF+ does not tie an annotation to the record of its onset.
 *
 * @param keepers the time-keeping list of each record
 * @param lists the annotations
 * @returns the smallest even size found that holds everything, and the bytes of each record
 */
export function packTals(
  keepers: readonly Uint8Array[],
  lists: readonly Uint8Array[],
): { bytesPerRecord: number; records: Uint8Array[] } {
  const longestKeeper = keepers.reduce((longest, keeper) => Math.max(longest, keeper.length), 0);
  const longestList = lists.reduce((longest, list) => Math.max(longest, list.length), 0);
  const total = lists.reduce((sum, list) => sum + list.length, 0);
  let size = longestKeeper + Math.max(longestList, Math.ceil(total / keepers.length));
  for (;;) {
    size += size % 2;
    const records = fill(keepers, lists, size);
    if (records) return { bytesPerRecord: size, records };
    size += 2 + Math.ceil(size / 16);
  }
}

function fill(keepers: readonly Uint8Array[], lists: readonly Uint8Array[], size: number): Uint8Array[] | undefined {
  let next = 0;
  const records = keepers.map((keeper) => {
    const bytes = new Uint8Array(size);
    bytes.set(keeper);
    let used = keeper.length;
    while (next < lists.length && used + lists[next]!.length <= size) {
      bytes.set(lists[next]!, used);
      used += lists[next++]!.length;
    }
    return bytes;
  });
  return next === lists.length ? records : undefined;
}

import { ToolkitError } from "../core/error.ts";
import type { ByteSource } from "./byteSource.ts";
import { channelType } from "./channelType.ts";
import type { EdfRecording, EdfSignal } from "./edfRecording.ts";
import { foreignKind } from "./foreignKind.ts";
import { checkedLocalTime } from "./localTime.ts";
import type { FormatWarning, LocalTime } from "./recording.ts";
import { decodeText } from "./text.ts";
import { parseUnit, unitWarnings } from "./units.ts";

/** Everything the header of an EDF or BDF file says, checked against the size of the file. */
export interface EdfHeader {
  readonly format: EdfRecording["format"];
  readonly patient: string;
  readonly recording: string;
  readonly startTime?: LocalTime;
  readonly headerBytes: number;
  readonly recordSeconds: number;
  readonly records: number;
  /** Bytes of one stored integer: 2 in EDF, 3 in BDF. */
  readonly sampleBytes: 2 | 3;
  readonly recordBytes: number;
  readonly signals: readonly EdfSignal[];
  /** Where each signal starts inside a record, in bytes. */
  readonly signalOffsets: readonly number[];
  readonly warnings: readonly FormatWarning[];
}

/** Name, width in characters and whether a number, for each column of the per-signal header, in order. */
const columns = [
  ["label", 16],
  ["transducer", 80],
  ["unit", 8],
  ["physicalMinimum", 8],
  ["physicalMaximum", 8],
  ["digitalMinimum", 8],
  ["digitalMaximum", 8],
  ["prefilter", 80],
  ["samplesPerRecord", 8],
  ["reserved", 32],
] as const;

const names = {
  physicalMinimum: "physical minimum",
  physicalMaximum: "physical maximum",
  digitalMinimum: "digital minimum",
  digitalMaximum: "digital maximum",
  samplesPerRecord: "samples per record",
} as const;

/**
 * Reads and checks the header of an EDF or BDF file, EDF+ and BDF+ as well; no sample is read.
 *
 * @param source the file
 * @param allowTruncated keep the whole records of a file that ends early, with a warning, instead of refusing it
 * @throws ToolkitError `bad-format` or `truncated`
 */
export async function readEdfHeader(source: ByteSource, allowTruncated: boolean): Promise<EdfHeader> {
  const { name, byteLength } = source;
  const fixed = await source.read(0, Math.min(256, byteLength));
  const isBdf = checkStart(name, fixed);
  if (byteLength < 256) {
    throw new ToolkitError("truncated", `${name}: has ${byteLength} bytes; the header alone needs at least 512`);
  }
  const family = isBdf ? "BDF" : "EDF";
  const warnings: FormatWarning[] = [];
  const text = (start: number, end: number) => fieldText(fixed, start, end);
  const whole = (start: number, end: number, what: string, minimum: number) =>
    wholeField(name, what, text(start, end), start, minimum);

  const kind = text(192, 236);
  // recorders of 24 bits write EDF+D as well as BDF+D
  const plus = /^(EDF|BDF)\+D/.test(kind) ? "+D" : kind.startsWith(`${family}+C`) ? "+C" : "";
  const signalCount = whole(252, 256, "number of signals", 1);
  const headerBytes = whole(184, 192, "header bytes", 0);
  if (headerBytes !== 256 * (signalCount + 1)) {
    throw new ToolkitError(
      "bad-format",
      `${name}: header bytes (byte 184) is ${headerBytes}, ${signalCount} signals (byte 252) need ${256 * (signalCount + 1)}; the header is damaged`,
    );
  }
  if (headerBytes > byteLength) {
    throw new ToolkitError(
      "truncated",
      `${name}: has ${byteLength} bytes, the header of ${signalCount} signals needs ${headerBytes}; the file is cut short`,
    );
  }
  const statedRecords = whole(236, 244, "number of records", -1);
  const recordSeconds = decimalField(name, "record duration", text(244, 252), 244);
  if (recordSeconds < 0) {
    throw new ToolkitError(
      "bad-format",
      `${name}: record duration (byte 244) is ${recordSeconds} s; it must be at least 0`,
    );
  }
  // how EDF+ writes a start that nobody knows
  const unknown = /^Startdate X\b/.test(text(88, 168)) && `${text(168, 176)} ${text(176, 184)}` === "01.01.85 00.00.00";
  const startTime = unknown ? undefined : localTime(text(168, 176), text(176, 184), text(88, 168));
  if (!startTime && !unknown) {
    warnings.push({
      code: "no-start-time",
      message: `${name}: start "${text(168, 176)}" "${text(176, 184)}" (byte 168) is no date and time; it is left out`,
    });
  }

  const perSignal = await source.read(256, headerBytes);
  const parsed = parseSignals(name, perSignal, signalCount, isBdf, recordSeconds, warnings);
  const sampleBytes = isBdf ? 3 : 2;
  const signalOffsets: number[] = [];
  let recordBytes = 0;
  for (const { samplesPerRecord } of parsed) {
    signalOffsets.push(recordBytes);
    recordBytes += samplesPerRecord * sampleBytes;
  }
  const records = countRecords(name, byteLength - headerBytes, recordBytes, statedRecords, allowTruncated, warnings);
  if (plus && !parsed.some(({ isAnnotations }) => isAnnotations)) {
    const taken =
      plus === "+C" ? "the start is taken to be a whole second" : "its records are taken to follow one another";
    warnings.push({
      code: "no-annotations-signal",
      message: `${name}: is ${family}${plus} but has no "${family} Annotations" signal; ${taken}`,
    });
  }
  warnings.push(...unitWarnings(name, parsed));
  return {
    format: `${family}${plus}`,
    patient: text(8, 88),
    recording: text(88, 168),
    ...(startTime ? { startTime } : {}),
    headerBytes,
    recordSeconds,
    records,
    sampleBytes,
    recordBytes,
    signals: parsed.map((signal) => ({ ...signal, samples: signal.samplesPerRecord * records })),
    signalOffsets,
    warnings,
  };
}

/** Tells BDF (true) from EDF (false) by the first 8 bytes; anything else is refused. */
function checkStart(name: string, bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, 8);
  const version = fieldText(start, 1, 8);
  if (start[0] === 0xff && version === "BIOSEMI") return true;
  if (start[0] === 0x30 && version === "") return false;
  const shown = JSON.stringify(String.fromCharCode(...start));
  const kind = foreignKind(bytes);
  throw new ToolkitError(
    "bad-format",
    `${name}: is no EDF or BDF file: bytes 0 to 8 are ${shown}${kind ? ` (${kind})` : ""}; EDF starts with "0" and 7 spaces, BDF with 0xFF and "BIOSEMI"`,
  );
}

function parseSignals(
  name: string,
  bytes: Uint8Array,
  count: number,
  isBdf: boolean,
  recordSeconds: number,
  warnings: FormatWarning[],
): Omit<EdfSignal, "samples">[] {
  const starts = {} as Record<(typeof columns)[number][0], number>;
  let columnStart = 0;
  for (const [column, width] of columns) {
    starts[column] = columnStart;
    columnStart += width * count;
  }
  const widths = Object.fromEntries(columns) as Record<(typeof columns)[number][0], number>;
  const bits = isBdf ? 24 : 16;
  return Array.from({ length: count }, (_, index) => {
    const at = (column: keyof typeof starts) => starts[column] + index * widths[column];
    const text = (column: keyof typeof starts) => fieldText(bytes, at(column), at(column) + widths[column]);
    const label = text("label");
    const who = `${name}: signal "${label}" (number ${index})`;
    const isAnnotations = label === (isBdf ? "BDF Annotations" : "EDF Annotations");
    const decimal = (column: keyof typeof names) => decimalField(who, names[column], text(column), 256 + at(column));
    const whole = (column: keyof typeof names, minimum: number) =>
      wholeField(who, names[column], text(column), 256 + at(column), minimum);
    const unit = text("unit");
    const transducer = text("transducer");
    const { voltsPerUnit } = parseUnit(unit);
    const signal = {
      index,
      label,
      transducer,
      unit,
      ...(voltsPerUnit === undefined ? {} : { voltsPerUnit }),
      ...(isAnnotations
        ? channelType(label, unit, "annotations")
        : channelType(label, unit, isBdf && transducer === "Triggers and Status" ? "trigger" : undefined)),
      physicalMinimum: decimal("physicalMinimum"),
      physicalMaximum: decimal("physicalMaximum"),
      digitalMinimum: whole("digitalMinimum", -Infinity),
      digitalMaximum: whole("digitalMaximum", -Infinity),
      prefilter: text("prefilter"),
      samplesPerRecord: whole("samplesPerRecord", 1),
      isAnnotations,
    };
    const { physicalMinimum, physicalMaximum, digitalMinimum, digitalMaximum, samplesPerRecord } = signal;
    if (!isAnnotations) {
      const bad = (what: string) => new ToolkitError("bad-format", `${who}: ${what}`);
      if (recordSeconds === 0)
        throw bad("a record lasts 0 s (byte 244), which only annotations may; its rate is unknown");
      if (digitalMinimum >= digitalMaximum) {
        throw bad(
          `digital minimum ${digitalMinimum} is not below digital maximum ${digitalMaximum}; its scale is unknown`,
        );
      }
      if (!Number.isFinite(physicalMaximum - physicalMinimum)) {
        throw bad(`physical range ${physicalMinimum} to ${physicalMaximum} is more than float64 holds`);
      }
      if (physicalMinimum === physicalMaximum) {
        throw bad(`physical minimum and maximum are both ${physicalMinimum}; its scale is unknown`);
      }
      if (digitalMinimum < -(2 ** (bits - 1)) || digitalMaximum >= 2 ** (bits - 1)) {
        warnings.push({
          code: "digital-range",
          message: `${who}: digital range ${digitalMinimum} to ${digitalMaximum} is more than ${bits} bits hold; it is used as it stands`,
        });
      }
    }
    return { ...signal, rateHz: recordSeconds === 0 ? 0 : samplesPerRecord / recordSeconds };
  });
}

function countRecords(
  name: string,
  dataBytes: number,
  recordBytes: number,
  stated: number,
  allowTruncated: boolean,
  warnings: FormatWarning[],
): number {
  const held = Math.floor(dataBytes / recordBytes);
  const left = dataBytes - held * recordBytes;
  const warn = (code: string, message: string) => warnings.push({ code, message: `${name}: ${message}` });
  if (stated === -1) {
    warn("unknown-records", `the number of records (byte 236) is -1, unknown; the file's size gives ${held}`);
    if (left > 0) warn("partial-record", `the last ${left} of ${dataBytes} data bytes are no whole record; left out`);
    return held;
  }
  if (stated > held) {
    const message = `the header says ${stated} records of ${recordBytes} bytes (byte 236), ${stated * recordBytes} in all; the file holds ${dataBytes}, ${held} whole records`;
    if (!allowTruncated) {
      throw new ToolkitError("truncated", `${name}: ${message}; get the whole file or allow truncated files`);
    }
    warn("truncated", message);
    return held;
  }
  if (stated * recordBytes < dataBytes) {
    warn("trailing-bytes", `${dataBytes - stated * recordBytes} bytes follow the last record; they are ignored`);
  }
  if (stated === 0) warn("no-records", "the header says 0 records (byte 236); there are no samples");
  return stated;
}

function fieldText(bytes: Uint8Array, start: number, end: number): string {
  return decodeText(bytes.subarray(start, end))
    .replace(/[\s\0]+$/, "")
    .trimStart();
}

function decimalField(who: string, what: string, text: string, byte: number): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw new ToolkitError(
    "bad-format",
    `${who}: ${what} (byte ${byte}) is ${JSON.stringify(text)}; it must be a number with a point for decimals`,
  );
}

function wholeField(who: string, what: string, text: string, byte: number, minimum: number): number {
  const value = decimalField(who, what, text, byte);
  if (Number.isInteger(value) && value >= minimum) return value;
  const range = minimum === -Infinity ? "" : ` of at least ${minimum}`;
  throw new ToolkitError("bad-format", `${who}: ${what} (byte ${byte}) is ${text}; it must be a whole number${range}`);
}

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/** dd.mm.yy and hh.mm.ss; two-digit years are 1985 to 2084 unless the recording field gives the whole year. */
function localTime(date: string, clock: string, recording: string): LocalTime | undefined {
  const time = /^(\d\d?)\D(\d\d?)\D(\d\d?)$/.exec(clock);
  const short = /^(\d\d?)\D(\d\d?)\D(\d\d|yy)$/.exec(date);
  const full = /^Startdate (\d\d?)-([A-Z]{3})-(\d{4})\b/i.exec(recording);
  if (!time || !short) return undefined;
  const [hour, minute, second] = time.slice(1).map(Number) as [number, number, number];
  let [day, month, year] = short.slice(1).map(Number) as [number, number, number];
  year += year >= 85 ? 1900 : 2000;
  if (full) {
    day = Number(full[1]);
    month = months.indexOf(full[2]!.toUpperCase()) + 1;
    year = Number(full[3]);
  }
  return checkedLocalTime({ year, month, day, hour, minute, second });
}

import { ToolkitError } from "../core/error.ts";
import { textField } from "./edfFields.ts";
import { packTals, talText } from "./edfTals.ts";
import { checkedLocalTime } from "./localTime.ts";
import type { LocalTime } from "./recording.ts";

/** What the header says of a signal. */
export interface EdfLayoutSignal {
  readonly label: string;
  readonly unit: string;
  readonly transducer?: string;
  readonly prefilter?: string;
  /** The limits as they are to stand in the header, at most 8 characters each. */
  readonly physicalMinimum: string;
  readonly physicalMaximum: string;
  readonly digitalMinimum: number;
  readonly digitalMaximum: number;
  readonly samplesPerRecord: number;
}

/** What `layOutEdf` needs to know of a file to write. */
export interface EdfLayoutInput {
  /** None in a file of annotations only. */
  readonly signals: readonly EdfLayoutSignal[];
  readonly records: number;
  /** As it is to stand in the header. */
  readonly recordSeconds: string;
  /** Time of each record, counted from the start time of the header. */
  readonly recordOnset: (record: number) => number;
  /** Lists of `talText`, in order of onset. */
  readonly annotations: readonly Uint8Array[];
  /** The patient field of EDF+. */
  readonly patient: string;
  /** The recording field of EDF+ after `Startdate` and the date. */
  readonly recording: string;
  /** Default unknown, which EDF+ writes as X and 01.01.85 00.00.00. */
  readonly startTime?: LocalTime;
  /** Whether records may have gaps between them (EDF+D). Default false. */
  readonly discontinuous?: boolean;
}

/** Where everything of a file to write comes. */
export interface EdfLayout {
  readonly header: Uint8Array;
  readonly records: number;
  readonly recordBytes: number;
  /** Length of the whole file. */
  readonly byteLength: number;
  readonly samplesPerRecord: readonly number[];
  /** Bytes of each record's annotations, which follow its signals. */
  readonly annotations: readonly Uint8Array[];
}

/** The digital range of 16 bits. */
export const edfDigitalRange = { minimum: -32768, maximum: 32767 } as const;

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/**
 * Lays out an EDF+ file: its header, and the annotations of each record, spread as they fit.
 *
 * @param who the function that writes
 * @throws ToolkitError `bad-value` if a field does not fit, `bad-option` for a start that is no date
 */
export function layOutEdf(who: string, input: EdfLayoutInput): EdfLayout {
  const { signals, records, recordOnset, annotations } = input;
  if (signals.length > 9998) {
    throw new ToolkitError("bad-shape", `${who}: ${signals.length} signals; EDF holds at most 9998 and annotations`);
  }
  const keepers = Array.from({ length: records }, (_, record) =>
    // sums of seconds round; files keep no finer times than this
    talText(who, { onsetSeconds: Number(recordOnset(record).toFixed(10)), text: "" }),
  );
  const tals = packTals(keepers, annotations);
  const samplesPerRecord = signals.map((signal) => signal.samplesPerRecord);
  const recordBytes = samplesPerRecord.reduce((sum, count) => sum + 2 * count, tals.bytesPerRecord);
  const header = Uint8Array.from(headerText(who, input, tals.bytesPerRecord / 2), (letter) => letter.charCodeAt(0));
  return {
    header,
    records,
    recordBytes,
    byteLength: header.length + records * recordBytes,
    samplesPerRecord,
    annotations: tals.records,
  };
}

/**
 * Fills in records: stored integers and annotations.
 *
 * @param bytes the file, or a piece of it
 * @param at where the records come in `bytes`, and which they are
 * @param digital the integers of each signal in these records, [signals, samples]
 */
export function fillRecordsInto(
  bytes: Uint8Array,
  layout: EdfLayout,
  at: { readonly offset: number; readonly firstRecord: number; readonly records: number },
  digital: readonly Int32Array[],
): void {
  const { recordBytes, samplesPerRecord, annotations } = layout;
  for (let record = 0; record < at.records; record++) {
    let to = at.offset + record * recordBytes;
    for (const [s, count] of samplesPerRecord.entries()) {
      const values = digital[s]!;
      for (let i = record * count, end = i + count; i < end; i++) {
        const value = values[i]!;
        bytes[to++] = value;
        bytes[to++] = value >> 8;
      }
    }
    bytes.set(annotations[at.firstRecord + record]!, to);
  }
}

/** The subfields of EDF+: spaces inside one become underscores, what is missing is X. */
export function edfSubfields(parts: readonly (string | undefined)[]): string {
  return parts.map((part) => (part ? part.trim().replace(/\s+/g, "_") : "X")).join(" ");
}

function headerText(who: string, input: EdfLayoutInput, talSamples: number): string {
  const { signals, records, recordSeconds, patient, recording, startTime, discontinuous } = input;
  const field = (name: string, text: string, width: number) => textField(who, name, text, width);
  const start = startTime && checkedTime(who, startTime);
  const two = (value: number) => String(value).padStart(2, "0");
  const date = start ? `${two(start.day)}-${months[start.month - 1]}-${start.year}` : "X";
  // after 2084 the two-digit year is the letters yy and the date stands in the recording field only
  const year = start && (start.year >= 1985 && start.year <= 2084 ? two(start.year % 100) : "yy");
  const column = (width: number, name: string, text: (signal: EdfLayoutSignal) => string, ofTals: string) =>
    [
      ...signals.map((signal) => field(`${name} of signal "${signal.label}"`, text(signal), width)),
      field(name, ofTals, width),
    ].join("");
  const { minimum, maximum } = edfDigitalRange;
  return [
    "0       ",
    field("patient", patient, 80),
    field("recording", `Startdate ${date} ${recording}`, 80),
    start ? `${two(start.day)}.${two(start.month)}.${year}` : "01.01.85",
    start ? `${two(start.hour)}.${two(start.minute)}.${two(start.second)}` : "00.00.00",
    field("header bytes", String(256 * (signals.length + 2)), 8),
    field("reserved", discontinuous ? "EDF+D" : "EDF+C", 44),
    field("number of records", String(records), 8),
    field("recordSeconds", recordSeconds, 8),
    field("number of signals", String(signals.length + 1), 4),
    column(16, "label", ({ label }) => label, "EDF Annotations"),
    column(80, "transducer", ({ transducer }) => transducer ?? "", ""),
    column(8, "unit", ({ unit }) => unit.replace(/[\u00b5\u03bc]/g, "u"), ""),
    column(8, "physical minimum", ({ physicalMinimum }) => physicalMinimum, "-1"),
    column(8, "physical maximum", ({ physicalMaximum }) => physicalMaximum, "1"),
    column(8, "digital minimum", ({ digitalMinimum }) => String(digitalMinimum), String(minimum)),
    column(8, "digital maximum", ({ digitalMaximum }) => String(digitalMaximum), String(maximum)),
    column(80, "prefilter", ({ prefilter }) => prefilter ?? "", ""),
    column(8, "samples per record", ({ samplesPerRecord }) => String(samplesPerRecord), String(talSamples)),
    column(32, "reserved", () => "", ""),
  ].join("");
}

function checkedTime(who: string, time: LocalTime): LocalTime {
  const { year, month, day, hour, minute, second } = time;
  if (checkedLocalTime(time) && year >= 1000 && year <= 9999) return time;
  throw new ToolkitError(
    "bad-option",
    `${who}: startTime ${year}-${month}-${day} ${hour}:${minute}:${second} is no date and time of whole seconds`,
  );
}

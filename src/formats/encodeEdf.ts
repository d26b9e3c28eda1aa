import { checkFinite, checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { numberField, outwardField } from "./edfFields.ts";
import { edfDigitalRange, edfSubfields, fillRecordsInto, layOutEdf } from "./edfLayout.ts";
import { talText } from "./edfTals.ts";
import type { Annotation, LocalTime } from "./recording.ts";

/** One channel to write. */
export interface EdfSignalInput {
  /** At most 16 characters of ASCII. */
  readonly label: string;
  /** At most 8 characters, such as `uV`; the micro sign becomes `u`. */
  readonly unit: string;
  /** At most 80 characters; default empty. */
  readonly transducer?: string;
  /** At most 80 characters, such as `HP:0.1Hz LP:75Hz`; default empty. */
  readonly prefilter?: string;
  readonly rateHz: number;
  /** Lower end of the range the 16 bits span; default the smallest sample. */
  readonly physicalMinimum?: number;
  /** Upper end of the range the 16 bits span; default the largest sample. */
  readonly physicalMaximum?: number;
  /** In the unit above, [samples]. */
  readonly samples: Float64Array;
}

/** Who was recorded: the subfields of EDF+; spaces inside one become underscores, what is missing is written as X. */
export interface EdfPatient {
  readonly code?: string;
  readonly sex?: "F" | "M";
  /** As EDF+ writes it: `02-MAY-1951`. */
  readonly birthdate?: string;
  readonly name?: string;
}

/** How the recording was made: the subfields of EDF+ after the start date. */
export interface EdfRecordingInfo {
  readonly administrationCode?: string;
  readonly technician?: string;
  readonly equipment?: string;
}

/** What to write, see `encodeEdf`. */
export interface EdfInput {
  readonly signals: readonly EdfSignalInput[];
  /** Default none. */
  readonly annotations?: readonly Annotation[];
  /** Length of a data record in seconds; every rate must give it a whole number of samples. Default 1. */
  readonly recordSeconds?: number;
  readonly patient?: EdfPatient;
  readonly recording?: EdfRecordingInfo;
  /** Local time of the first sample; default unknown, which EDF+ writes as X and 01.01.85 00.00.00. */
  readonly startTime?: LocalTime;
}

/** Defaults of `encodeEdf`. */
export const encodeEdfDefaults = { recordSeconds: 1 } as const;

const { minimum: digitalMinimum, maximum: digitalMaximum } = edfDigitalRange;

/**
 * Writes a continuous EDF+ file (EDF+C): 16-bit samples and an `EDF Annotations` signal that keeps the time of every
 * record and holds all annotations. Format: Kemp & Olivan, "European data format 'plus'", 2003.
 *
 * A sample x becomes round((x - pmin) / gain) - 32768 with gain = (pmax - pmin) / 65535, where pmin and pmax are the
 * range as it stands in the header: 8 characters, rounded outwards. Reading gives x back to within half a step, and
 * writing what was read gives the same digital values. Nothing is clipped: a sample outside the range is an error.
 * The last record is filled up by holding each signal's last sample; EDF cannot say how many samples are filling.
 *
 * @param input signals (the same duration, rates may differ), annotations with onsets counted from the first sample
 * @returns the file's bytes
 * @throws ToolkitError `bad-shape` if signals are missing or need different numbers of records, `bad-value` if a sample
 * is not finite or outside the range or a field does not fit, `bad-option` if a rate does not fit `recordSeconds`
 */
export function encodeEdf(input: EdfInput): Uint8Array {
  const { signals, annotations = [], recordSeconds = encodeEdfDefaults.recordSeconds } = input;
  checkNumber("encodeEdf", "recordSeconds", recordSeconds, { above: 0 });
  const seconds = numberField("encodeEdf", "recordSeconds", recordSeconds);
  if (signals.length === 0) throw new ToolkitError("bad-shape", "encodeEdf: there is no signal; give at least one");
  const samplesPerRecord = signals.map((signal) => wholeSamples(signal, recordSeconds));
  const records = countRecords(signals, samplesPerRecord);
  const ranges = signals.map(chooseRange);
  const { patient = {}, recording = {}, startTime } = input;
  const layout = layOutEdf("encodeEdf", {
    signals: signals.map(({ label, unit, transducer, prefilter }, s) => ({
      label,
      unit,
      ...(transducer === undefined ? {} : { transducer }),
      ...(prefilter === undefined ? {} : { prefilter }),
      physicalMinimum: ranges[s]!.minimumText,
      physicalMaximum: ranges[s]!.maximumText,
      digitalMinimum,
      digitalMaximum,
      samplesPerRecord: samplesPerRecord[s]!,
    })),
    records,
    recordSeconds: seconds,
    recordOnset: (record) => record * recordSeconds,
    annotations: [...annotations].sort((a, b) => a.onsetSeconds - b.onsetSeconds).map(checkedTal),
    patient: edfSubfields([patient.code, patient.sex, patient.birthdate, patient.name]),
    recording: edfSubfields([recording.administrationCode, recording.technician, recording.equipment]),
    ...(startTime ? { startTime } : {}),
  });
  const bytes = new Uint8Array(layout.byteLength);
  bytes.set(layout.header);
  const digital = signals.map((signal, s) => quantize(signal, ranges[s]!, records * samplesPerRecord[s]!));
  fillRecordsInto(bytes, layout, { offset: layout.header.length, firstRecord: 0, records }, digital);
  return bytes;
}

interface Range {
  readonly minimum: number;
  readonly maximum: number;
  readonly minimumText: string;
  readonly maximumText: string;
}

function wholeSamples({ label, rateHz }: EdfSignalInput, recordSeconds: number): number {
  checkNumber("encodeEdf", `rateHz of signal "${label}"`, rateHz, { above: 0 });
  const exact = rateHz * recordSeconds;
  const count = Math.round(exact);
  if (count >= 1 && count <= 99_999_999 && Math.abs(exact - count) <= 1e-9 * exact) return count;
  throw new ToolkitError(
    "bad-option",
    `encodeEdf: signal "${label}" has ${exact} samples in a record of ${recordSeconds} s; choose recordSeconds so that it is a whole number`,
  );
}

function countRecords(signals: readonly EdfSignalInput[], samplesPerRecord: readonly number[]): number {
  const needed = signals.map((signal, s) => Math.ceil(signal.samples.length / samplesPerRecord[s]!));
  signals.forEach(({ label, samples }, s) => {
    if (samples.length === 0) throw new ToolkitError("bad-shape", `encodeEdf: signal "${label}" has no samples`);
    if (needed[s] === needed[0]) return;
    throw new ToolkitError(
      "bad-shape",
      `encodeEdf: signal "${label}" needs ${needed[s]} records, "${signals[0]!.label}" ${needed[0]}; give all signals the same duration`,
    );
  });
  return needed[0]!;
}

function chooseRange(signal: EdfSignalInput): Range {
  const { label, samples, physicalMinimum, physicalMaximum } = signal;
  checkFinite("encodeEdf", `signal "${label}"`, samples);
  let smallest = Infinity;
  let largest = -Infinity;
  for (let i = 0; i < samples.length; i++) {
    if (samples[i]! < smallest) smallest = samples[i]!;
    if (samples[i]! > largest) largest = samples[i]!;
  }
  let minimum = physicalMinimum ?? smallest;
  let maximum = physicalMaximum ?? largest;
  checkNumber("encodeEdf", `physicalMinimum of signal "${label}"`, minimum);
  checkNumber("encodeEdf", `physicalMaximum of signal "${label}"`, maximum);
  const constant = minimum === maximum && physicalMinimum === undefined && physicalMaximum === undefined;
  if (constant) {
    // any range around the value will do; EDF has none of width 0
    minimum -= 1;
    maximum += 1;
  }
  if (!(minimum < maximum)) {
    throw new ToolkitError(
      "bad-option",
      `encodeEdf: signal "${label}" has the physical range ${minimum} to ${maximum}; the maximum must be above the minimum`,
    );
  }
  const minimumText = outwardField("encodeEdf", `physical minimum of signal "${label}"`, minimum, "down");
  const maximumText = outwardField("encodeEdf", `physical maximum of signal "${label}"`, maximum, "up");
  const range = { minimum: Number(minimumText), maximum: Number(maximumText), minimumText, maximumText };
  if (range.maximum - range.minimum > 1.5 * (maximum - minimum)) {
    throw new ToolkitError(
      "bad-value",
      `encodeEdf: signal "${label}" spans ${minimum} to ${maximum}, which 8 characters widen to ${minimumText} to ${maximumText}; use a unit that needs fewer characters or remove the offset`,
    );
  }
  return range;
}

/** The integers of a signal, its last sample held up to `count`. */
function quantize(
  { label, unit, samples }: EdfSignalInput,
  { minimum, maximum, minimumText, maximumText }: Range,
  count: number,
): Int32Array {
  const gain = (maximum - minimum) / (digitalMaximum - digitalMinimum);
  const out = new Int32Array(count);
  let outside = 0;
  let first = -1;
  for (let i = 0; i < samples.length; i++) {
    const digital = Math.round((samples[i]! - minimum) / gain) + digitalMinimum;
    if ((digital < digitalMinimum || digital > digitalMaximum) && outside++ === 0) first = i;
    out[i] = digital;
  }
  out.fill(out[samples.length - 1]!, samples.length);
  if (outside === 0) return out;
  throw new ToolkitError(
    "bad-value",
    `encodeEdf: signal "${label}" has ${outside} samples outside ${minimumText} to ${maximumText} ${unit}, the first (${samples[first]}) at index ${first}; widen its physical range`,
  );
}

function checkedTal(annotation: Annotation): Uint8Array {
  if (annotation.text !== "") return talText("encodeEdf", annotation);
  throw new ToolkitError("bad-value", `encodeEdf: the annotation at ${annotation.onsetSeconds} s has no text; name it`);
}

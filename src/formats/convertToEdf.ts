import { checkChoice } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { conversionAnnotations } from "./conversionAnnotations.ts";
import { byRate, type ConvertedScale, conversionScales } from "./conversionScales.ts";
import { type EdfLayout, edfSubfields, fillRecordsInto, layOutEdf } from "./edfLayout.ts";
import type { EdfRecording, EdfSignal } from "./edfRecording.ts";
import {
  type EdfRecordPlan,
  type EdfStretch,
  type EdfUnits,
  edfUnits,
  planRecords,
  windowStretches,
} from "./edfRecordPlan.ts";
import { rescaleInto, scaleSteps } from "./edfScale.ts";
import { asciiText, edfLabels } from "./edfTexts.ts";
import type { FileWriter } from "./file.ts";
import { laterTime } from "./localTime.ts";
import { readStatus } from "./readStatus.ts";
import type { FormatWarning, LocalTime, Recording, RecordingSignal } from "./recording.ts";
import { selectSignals } from "./selectSignals.ts";

/** What becomes of gaps: see `convertToEdf`. */
export type ConversionGapPolicy = "keep" | "error" | "join";

/** Options of `convertToEdf`. */
export interface ConvertToEdfOptions {
  /** Labels or numbers; default all that are not annotations. */
  readonly signals?: readonly (number | string)[];
  /** Start after the first sample, rounded to the nearest sample; default 0. */
  readonly startSeconds?: number;
  /** End (excluded); default the end. */
  readonly endSeconds?: number;
  /**
   * `keep` (default) writes EDF+D, whose records have their own times, and refuses gaps of unknown length and overlaps;
   * `error` refuses any; `join` puts the stored samples side by side, with an annotation `EDGE boundary` at each joint.
   */
  readonly gapPolicy?: ConversionGapPolicy;
  /** Called before each block, with the part of the work that is done; may throw to end it. */
  readonly onBlock?: (done: number) => void;
}

/** Defaults of `convertToEdf`. */
export const convertToEdfDefaults = { gapPolicy: "keep" } as const satisfies ConvertToEdfOptions;

/** What became of a signal. */
export interface ConvertedSignal {
  readonly label: string;
  readonly sourceLabel: string;
  readonly unit: string;
  readonly rateHz: number;
  /** Number written, filling left out. */
  readonly samples: number;
  /** Whether the source's integers and their values are kept. */
  readonly exact: boolean;
  /** Largest distance of a value from the source's, in the unit. */
  readonly largestError: number;
  /** The same as a part of the range the header states. */
  readonly relativeError: number;
}

/** What `convertToEdf` wrote. */
export interface EdfConversion {
  readonly format: "EDF+C" | "EDF+D";
  /** Missing if the source does not know it. */
  readonly startTime?: LocalTime;
  readonly startOffsetSeconds: number;
  readonly recordSeconds: number;
  readonly records: number;
  readonly byteLength: number;
  /** Stretches without interruption. */
  readonly segments: number;
  readonly annotations: number;
  readonly signals: readonly ConvertedSignal[];
  /** `label-changed`, `type-lost`, `unit-changed`, `status-bits`, `filled`, `rate-rounded`. */
  readonly warnings: readonly FormatWarning[];
}

/** Bytes written at a time, and so the memory that is needed, whatever the recording's length. */
const blockBytes = 2 ** 21;

/**
 * Writes a recording of any format as EDF+, piece by piece.
 *
 * Integers of 16 bits are kept with their limits, and wider ones that happen to fit 16 bits; others are rounded to 65536
 * steps over the range that occurs, which is read first. Rates stay apart. Annotations are kept, BrainVision's as
 * `type/text`; triggers, epochs, CMS and battery of BioSemi's Status signal become annotations, and its 16 trigger inputs
 * a signal. The start keeps its part of a second.
 *
 * A last record that is not full is filled by holding each signal's last sample, and an annotation `BAD filled` says so; a
 * record length without filling is chosen if there is one of 0.05 s or more.
 *
 * @param recording left open
 * @param write gets the file from its start to its end
 * @throws ToolkitError `bad-option` for a window or gaps that cannot be written, `bad-value` for a range that the header
 * cannot hold, `not-found` for an unknown signal; errors of the reading, of `write` and of `onBlock`
 */
export async function convertToEdf(
  recording: Recording,
  write: FileWriter,
  options: ConvertToEdfOptions = {},
): Promise<EdfConversion> {
  const { gapPolicy, onBlock = () => {} } = { ...convertToEdfDefaults, ...options };
  checkChoice("convertToEdf", "gapPolicy", gapPolicy, ["keep", "error", "join"]);
  const warnings: FormatWarning[] = [];
  const warn = (code: string, message: string) => warnings.push({ code, message: `${recording.name}: ${message}` });
  const signals = chooseSignals(recording, options.signals);
  const { units, stretches, found } = chooseStretches(recording, signals, gapPolicy, options);
  const plan = planRecords(units, stretches, roomBehind(stretches, units));
  const counts = stretches.map((stretch) => Math.ceil(stretch.units / plan.unitsPerRecord));
  const seconds = Number(plan.recordSeconds);

  const status = await readStatus(recording);
  if (status?.hasSystemBits && signals.some(({ index }) => index === status.signal)) {
    warn("status-bits", "bits 16 to 23 of the Status signal become annotations; its 16 trigger inputs stay a signal");
  }
  const scales = await conversionScales(recording, signals, {
    ...(status ? { status: status.signal } : {}),
    spans: stretches.map(({ startUnit, units: length }) => ({
      startSeconds: startUnit * units.unitSeconds,
      endSeconds: (startUnit + length) * units.unitSeconds,
    })),
    onBlock: () => onBlock(0),
  });
  const labels = edfLabels(recording.name, signals, warnings);
  const headers = signals.map((signal, s) => {
    const { physicalMinimum, physicalMaximum, digitalMinimum, digitalMaximum, unit } = scales[s]!;
    const { transducer = "", prefilter = "" } = signal as Partial<EdfSignal>;
    const ascii = asciiText(unit, 8);
    if (ascii !== asciiText(signal.unit, 99)) {
      warn(
        "unit-changed",
        `the unit of "${signal.label}" (number ${signal.index}) is ${signal.unit}, written ${ascii}`,
      );
    }
    return {
      ...{ label: labels[s]!, unit: ascii, physicalMinimum, physicalMaximum, digitalMinimum, digitalMaximum },
      ...{ transducer: asciiText(transducer, 80), prefilter: asciiText(prefilter, 80) },
      samplesPerRecord: units.samples[s]! * plan.unitsPerRecord,
    };
  });
  warnOfPlan(plan, units, warn);

  const start = startOf(recording, found[0]?.startSeconds ?? 0);
  const annotations = await conversionAnnotations(recording, {
    ...(status ? { status } : {}),
    ...{ labels: new Map(signals.map(({ index }, s) => [index, labels[s]!])), offsetSeconds: start.offsetSeconds },
    ...{ found, unitSeconds: units.unitSeconds, joined: gapPolicy === "join", whole: isWhole(options) },
    filled: stretches.flatMap((stretch, s) => {
      const onset = stretch.startSeconds + stretch.units * units.unitSeconds;
      const durationSeconds = plan.filledUnits[s]! * units.unitSeconds;
      return durationSeconds > 0 ? [{ onsetSeconds: onset, durationSeconds, text: "BAD filled" }] : [];
    }),
  });
  const onsets = stretches.flatMap(({ startSeconds }, s) =>
    Array.from({ length: counts[s]! }, (_, r) => startSeconds - stretches[0]!.startSeconds + r * seconds),
  );
  const format = stretches.length > 1 ? "EDF+D" : "EDF+C";
  const layout = layOutEdf("convertToEdf", {
    ...{ signals: headers, recordSeconds: plan.recordSeconds, annotations, discontinuous: format === "EDF+D" },
    records: Math.max(1, onsets.length),
    recordOnset: (record) => start.offsetSeconds + (onsets[record] ?? 0),
    ...namesOf(recording),
    ...(start.time ? { startTime: start.time } : {}),
  });
  const errors = await writeRecords(
    recording,
    { signals, scales, units, plan, stretches, counts, layout },
    write,
    onBlock,
  );
  return {
    format,
    ...(start.time ? { startTime: start.time } : {}),
    ...{ startOffsetSeconds: start.offsetSeconds, recordSeconds: seconds, records: layout.records },
    ...{ byteLength: layout.byteLength, segments: stretches.length, annotations: annotations.length },
    signals: signals.map((signal, s): ConvertedSignal => {
      const scale = scales[s]!;
      const largestError = Math.max(scale.limitError, errors[s]!);
      return {
        ...{ label: labels[s]!, sourceLabel: signal.label, unit: headers[s]!.unit, rateHz: signal.rateHz },
        samples: units.samples[s]! * stretches.reduce((sum, stretch) => sum + stretch.units, 0),
        exact: scale.kind === "stored" && largestError === 0 && !(scale.mask && status?.hasSystemBits),
        ...{ largestError, relativeError: largestError / scaleSteps(scale).range },
      };
    }),
    warnings,
  };
}

function isWhole({ startSeconds, endSeconds }: ConvertToEdfOptions): boolean {
  return startSeconds === undefined && endSeconds === undefined;
}

/** As `selectSignals`, but of any rates, and none in a file of annotations only. */
function chooseSignals(recording: Recording, wanted: ConvertToEdfOptions["signals"]): RecordingSignal[] {
  const { name, signals } = recording;
  const chosen = wanted
    ? wanted.flatMap((key) => selectSignals(name, "convertToEdf", signals, [key]))
    : signals.filter(({ isAnnotations }) => !isAnnotations);
  const empty = chosen.find(({ samples }) => samples === 0);
  if (!empty) return chosen;
  throw new ToolkitError("bad-value", `${name}: signal "${empty.label}" has no samples; there is nothing to convert`);
}

/** What is written: `found`, as the recording has it, and `stretches`, as the file will have it. */
function chooseStretches(
  recording: Recording,
  signals: readonly RecordingSignal[],
  gapPolicy: ConversionGapPolicy,
  options: ConvertToEdfOptions,
): { units: EdfUnits; stretches: EdfStretch[]; found: EdfStretch[] } {
  const first = signals[0];
  if (!first) return { units: { unitSeconds: 0, samples: [], preferred: 1 }, stretches: [], found: [] };
  const source = "recordSeconds" in recording ? (recording as EdfRecording) : undefined;
  const samplesPerRecord = signals.map((signal) => (signal as EdfSignal).samplesPerRecord);
  const units = edfUnits(
    first.rateHz,
    signals.length,
    source && { samplesPerRecord, recordSeconds: source.recordSeconds },
  );
  const fastest = signals.reduce((best, signal) => (signal.rateHz > best.rateHz ? signal : best));
  const found = windowStretches("convertToEdf", recording, units, fastest.rateHz, options);
  if (found.length === 1) return { units, stretches: found, found };
  const { segments, name } = recording;
  if (gapPolicy === "join") {
    const length = found.reduce((sum, stretch) => sum + stretch.units, 0);
    const last = found.at(-1)!;
    if (last.startUnit + last.units - found[0]!.startUnit === length) {
      return { units, stretches: [{ ...found[0]!, units: length }], found };
    }
    throw new ToolkitError(
      "bad-option",
      `${name}: convertToEdf: segments overlap in the window, and what is stored between them is not in it; choose another window, or all`,
    );
  }
  const odd = found.slice(1).find(({ segment }) => {
    const { gapSeconds } = segments[segment]!;
    return gapPolicy === "error" || gapSeconds === undefined || gapSeconds < 0;
  });
  if (!odd) return { units, stretches: found, found };
  const { gapSeconds, startSeconds } = segments[odd.segment]!;
  const what =
    gapSeconds === undefined ? "a gap of unknown length" : gapSeconds < 0 ? "an overlap" : `a gap of ${gapSeconds} s`;
  throw new ToolkitError(
    "bad-option",
    `${name}: convertToEdf: segment ${odd.segment} starts at ${startSeconds} s after ${what}; choose a window within a segment, or the gap policy join${gapPolicy === "error" ? " or keep" : ""}`,
  );
}

/** Units between the end of each stretch and the start of the next. */
function roomBehind(stretches: readonly EdfStretch[], { unitSeconds }: EdfUnits): number[] {
  return stretches.map(({ startSeconds, units }, s) => {
    const next = stretches[s + 1];
    return next ? Math.floor((next.startSeconds - startSeconds) / unitSeconds - units + 1e-6) : Infinity;
  });
}

function warnOfPlan(
  { filledUnits, rateError }: EdfRecordPlan,
  units: EdfUnits,
  warn: (code: string, message: string) => void,
) {
  const filled = filledUnits.reduce((sum, count) => sum + count, 0) * units.unitSeconds;
  if (filled > 0) warn("filled", `${filled} s at the end of stretches are no samples but fill the last record`);
  if (rateError > 0) {
    warn("rate-rounded", `the rate fits no record length of 8 characters; it is written ${rateError} of itself off`);
  }
}

/** The header's start, whole seconds, and what is to add for the first sample that is written. */
function startOf({ startTime, startOffsetSeconds }: Recording, firstSeconds: number) {
  if (!startTime) return { offsetSeconds: startOffsetSeconds };
  const exact = Number((startOffsetSeconds + firstSeconds).toFixed(10));
  const whole = Math.floor(exact);
  return { time: laterTime(startTime, whole), offsetSeconds: Number((exact - whole).toFixed(10)) };
}

/** Fields of EDF+ are taken over, text of plain EDF becomes a name and an equipment. */
function namesOf(recording: Recording): { patient: string; recording: string } {
  const { patient, recording: made, format } = recording as Partial<EdfRecording>;
  if (patient === undefined || made === undefined) {
    return { patient: edfSubfields(Array(4).fill(undefined)), recording: edfSubfields(Array(3).fill(undefined)) };
  }
  if (/\+/.test(format!)) {
    const rest = /^Startdate\s+\S+\s+(.*)$/.exec(made)?.[1];
    return { patient: asciiText(patient, 80), recording: asciiText(rest ?? edfSubfields(["", "", made]), 58) };
  }
  return {
    patient: asciiText(edfSubfields(["", "", "", patient]), 80),
    recording: asciiText(edfSubfields(["", "", made]), 58),
  };
}

/** Everything the writing of samples needs. */
interface RecordWork {
  readonly signals: readonly RecordingSignal[];
  readonly scales: readonly ConvertedScale[];
  readonly units: EdfUnits;
  readonly plan: EdfRecordPlan;
  readonly stretches: readonly EdfStretch[];
  /** Records of each stretch. */
  readonly counts: readonly number[];
  readonly layout: EdfLayout;
}

/** Writes header and records; returns the largest error of each signal. */
async function writeRecords(
  recording: Recording,
  { signals, scales, units, plan, stretches, counts, layout }: RecordWork,
  write: FileWriter,
  onBlock: (done: number) => void,
): Promise<number[]> {
  const { header, recordBytes, records } = layout;
  const errors = signals.map(() => 0);
  const groups = byRate(signals.map((signal, s) => ({ s, rateHz: signal.rateHz }))).flatMap((group) =>
    (["stored", "rescaled"] as const).map((kind) => group.map(({ s }) => s).filter((s) => scales[s]!.kind === kind)),
  );
  await write(header, 0);
  const perBlock = Math.max(1, Math.floor(blockBytes / recordBytes));
  const put = async (firstRecord: number, count: number, digital: readonly Int32Array[]) => {
    const bytes = new Uint8Array(count * recordBytes);
    fillRecordsInto(bytes, layout, { offset: 0, firstRecord, records: count }, digital);
    await write(bytes, header.length + firstRecord * recordBytes);
  };
  if (stretches.length === 0) await put(0, records, []);
  let record = 0;
  for (const [p, stretch] of stretches.entries()) {
    for (let done = 0; done < counts[p]!; done += perBlock) {
      onBlock(record / records);
      const count = Math.min(perBlock, counts[p]! - done);
      const from = stretch.startUnit + done * plan.unitsPerRecord;
      const to = Math.min(stretch.startUnit + stretch.units, from + count * plan.unitsPerRecord);
      const digital = signals.map((_, s) => new Int32Array(count * plan.unitsPerRecord * units.samples[s]!));
      for (const group of groups.filter(({ length }) => length > 0)) {
        const perUnit = units.samples[group[0]!]!;
        const window = { startSample: from * perUnit, endSample: to * perUnit, gapPolicy: "join" as const };
        const read = { ...window, signals: group.map((s) => signals[s]!.index) };
        if (scales[group[0]!]!.kind === "stored") {
          const { channels } = await recording.readDigital(read);
          for (const [c, s] of group.entries()) takeInto(digital[s]!, channels[c]!, scales[s]!);
        } else {
          const { channels } = await recording.read(read);
          for (const [c, s] of group.entries()) {
            errors[s] = Math.max(errors[s]!, rescaleInto(channels[c]!, scales[s]!, digital[s]!, 0));
          }
        }
        for (const s of group) digital[s]!.fill(digital[s]![(to - from) * perUnit - 1]!, (to - from) * perUnit);
      }
      await put(record, count, digital);
      record += count;
    }
  }
  return errors;
}

function takeInto(out: Int32Array, stored: Int32Array, { offset, mask = -1 }: ConvertedScale): void {
  for (let i = 0; i < stored.length; i++) out[i] = (stored[i]! & mask) + offset;
}

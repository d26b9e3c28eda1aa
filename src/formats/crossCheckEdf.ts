import { checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { ByteSource } from "./byteSource.ts";
import type { EdfRecording, EdfSignal } from "./edfRecording.ts";
import { openEdf } from "./openEdf.ts";

/** How the two decoders compare on one signal. */
export interface EdfAgreement {
  /** Number of the signal in the file. */
  readonly index: number;
  readonly label: string;
  /** Number of samples compared. */
  readonly samples: number;
  /** Largest absolute difference of the physical values, in the signal's unit. */
  readonly largestDifference: number;
  /** The same in steps of the signal's 16 bits. */
  readonly largestDifferenceSteps: number;
  /** Number of samples whose stored integers differ. */
  readonly digitalDifferences: number;
  /** All stored integers are equal and no physical value differs by more than float32 rounding. */
  readonly agrees: boolean;
}

/** Result of `crossCheckEdf`. */
export interface EdfCrossCheck {
  readonly name: string;
  /** The second decoder. */
  readonly decoder: "edfdecoder";
  /** Each signal that is not annotations. */
  readonly signals: readonly EdfAgreement[];
  /** Whether all signals agree. */
  readonly agrees: boolean;
}

/** Options of `crossCheckEdf`. */
export interface CrossCheckEdfOptions {
  /** Larger files are refused: the second decoder holds all of them, several times over. Default 256 MiB. */
  readonly maximumBytes?: number;
}

/** Defaults of `crossCheckEdf`. */
export const crossCheckEdfDefaults = { maximumBytes: 256 * 2 ** 20 } as const satisfies CrossCheckEdfOptions;

/**
 * Reads an EDF file twice, with `openEdf` and with the npm package edfdecoder, and compares every sample. The second
 * decoder computes in float64 and stores float32, so physical values may differ by that rounding.
 *
 * @param source the file; read as a whole
 * @throws ToolkitError `unsupported` for BDF (the second decoder reads 16 bits only), for a file without records or above
 * `maximumBytes`, and where the second decoder fails; otherwise as `openEdf`
 */
export async function crossCheckEdf(source: ByteSource, options: CrossCheckEdfOptions = {}): Promise<EdfCrossCheck> {
  const { maximumBytes } = { ...crossCheckEdfDefaults, ...options };
  checkWhole("crossCheckEdf", "maximumBytes", maximumBytes, 1);
  const { name, byteLength } = source;
  const recording = await openEdf(source);
  if (recording.format.startsWith("BDF")) {
    throw new ToolkitError("unsupported", `crossCheckEdf: ${name} is ${recording.format}; edfdecoder reads EDF only`);
  }
  if (byteLength > maximumBytes) {
    throw new ToolkitError(
      "unsupported",
      `crossCheckEdf: ${name} has ${byteLength} bytes, the limit is ${maximumBytes}; check a shorter file or raise maximumBytes`,
    );
  }
  const ordinary = recording.signals.filter(({ isAnnotations }) => !isAnnotations);
  if (recording.records === 0 || ordinary.length === 0) {
    throw new ToolkitError("unsupported", `crossCheckEdf: ${name} has no samples; there is nothing to compare`);
  }
  const second = await decodeSecond(source, recording);
  const signals: EdfAgreement[] = [];
  for (const signal of ordinary) signals.push(await compare(recording, signal, second));
  return { name, decoder: "edfdecoder", signals, agrees: signals.every(({ agrees }) => agrees) };
}

type Second = Awaited<ReturnType<typeof decodeSecond>>;

async function decodeSecond(source: ByteSource, { name, records, signals }: EdfRecording) {
  const { default: edfdecoder } = await import("edfdecoder");
  // a copy of its own: the decoder wants a buffer that starts with the file
  const bytes = (await source.read(0, source.byteLength)).slice();
  // and it cannot do without a number of records, which a header may leave open as -1
  bytes.set(new TextEncoder().encode(String(records).padEnd(8)), 236);
  const decoder = new edfdecoder.EdfDecoder();
  decoder.setInput(bytes.buffer);
  decoder.decode();
  const output = decoder.getOutput();
  if (output?.getNumberOfRecords() === records && output.getNumberOfSignals() === signals.length) return output;
  const found = output
    ? `finds ${output.getNumberOfSignals()} signals in ${output.getNumberOfRecords()} records, openEdf ${signals.length} in ${records}`
    : "cannot read the file";
  throw new ToolkitError("unsupported", `crossCheckEdf: ${name}: edfdecoder ${found}; nothing can be compared`);
}

async function compare(recording: EdfRecording, signal: EdfSignal, second: Second): Promise<EdfAgreement> {
  const { index, label, samples, samplesPerRecord } = signal;
  const all = { signals: [index], gapPolicy: "join" } as const;
  const physical = (await recording.read(all)).channels[0]!;
  const digital = (await recording.readDigital(all)).channels[0]!;
  const other = second.getPhysicalSignalConcatRecords(index);
  let largestDifference = 0;
  let digitalDifferences = 0;
  let beyondRounding = other.length === samples ? 0 : 1;
  const range = Math.max(Math.abs(signal.physicalMinimum), Math.abs(signal.physicalMaximum));
  for (let record = 0; record < recording.records; record++) {
    const raw = second.getRawSignal(index, record);
    for (let i = 0, at = record * samplesPerRecord; i < samplesPerRecord; i++, at++) {
      const difference = Math.abs(physical[at]! - other[at]!);
      if (!(difference <= largestDifference)) largestDifference = difference;
      // half a float32 step of the value, and the float64 rounding of sums as large as the range
      if (!(difference <= Math.abs(physical[at]!) * 2 ** -24 + range * 2 ** -48)) beyondRounding++;
      if (raw[i] !== digital[at]) digitalDifferences++;
    }
  }
  const step =
    Math.abs(signal.physicalMaximum - signal.physicalMinimum) / (signal.digitalMaximum - signal.digitalMinimum);
  return {
    index,
    label,
    samples,
    largestDifference,
    largestDifferenceSteps: largestDifference / step,
    digitalDifferences,
    agrees: digitalDifferences === 0 && beyondRounding === 0,
  };
}

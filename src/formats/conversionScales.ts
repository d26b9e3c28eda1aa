import type { EdfSignal } from "./edfRecording.ts";
import { type EdfScale, integerScale, rangeScale, sourceScale, type ValueRange } from "./edfScale.ts";
import type { Recording, RecordingSignal } from "./recording.ts";

/** Values of all signals that are looked at together. */
const blockValues = 2 ** 20;

/** The bits of a Status signal that are trigger inputs. */
const triggerBits = 0xffff;

/** A signal on its way into an EDF file. */
export interface ConvertedScale extends EdfScale {
  /** Bits of the stored integers that are kept; missing for all. */
  readonly mask?: number;
}

/** Stored samples, end excluded, in seconds of stored time: what lies between is written. */
export interface StoredSpan {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/**
 * The scale of each signal: the source's own where it stores 16 bits, the source's integers where those that occur fit, the
 * range of the values otherwise. Reads the samples of the last two kinds.
 *
 * @param status number of the Status signal, of which the trigger inputs are kept
 * @param spans what is written, counted in stored samples over the rate
 * @param onBlock called before each read; may throw to end the work
 */
export async function conversionScales(
  recording: Recording,
  signals: readonly RecordingSignal[],
  { status, spans, onBlock }: { status?: number; spans: readonly StoredSpan[]; onBlock(): void },
): Promise<ConvertedScale[]> {
  const integers = storesIntegers(recording);
  const scales = new Map<RecordingSignal, ConvertedScale>();
  const named = (signal: RecordingSignal) => ({ ...signal, name: recording.name });
  for (const signal of signals) {
    const scale =
      signal.index === status
        ? integerScale(named(signal), { minimum: 0, maximum: triggerBits }, (stored) => stored)
        : knownScale(recording, signal);
    if (scale) scales.set(signal, signal.index === status ? { ...scale, mask: triggerBits } : scale);
  }
  for (const group of byRate(signals.filter((signal) => !scales.has(signal)))) {
    const ranges = await rangesOf(recording, group, integers, spans, onBlock);
    for (const [s, signal] of group.entries()) {
      const toPhysical = integers ? physicalOf(signal) : (value: number) => value;
      const sixteen = storesSixteenBits(recording);
      const kept = integers ? integerScale(named(signal), ranges[s]!, toPhysical, sixteen) : undefined;
      const ends = [toPhysical(ranges[s]!.minimum), toPhysical(ranges[s]!.maximum)];
      const range = { minimum: Math.min(...ends), maximum: Math.max(...ends) };
      scales.set(signal, kept ?? rangeScale(named(signal), range));
    }
  }
  return signals.map((signal) => scales.get(signal)!);
}

/** Whether a recording's samples can be read as integers. */
export function storesIntegers(recording: Recording): boolean {
  if ("sampleFormat" in recording) return !String(recording.sampleFormat).startsWith("IEEE");
  return recording.format !== "EEGLAB";
}

/** Signals that share a rate together. */
export function byRate<T extends { readonly rateHz: number }>(signals: readonly T[]): T[][] {
  const groups = new Map<number, T[]>();
  for (const signal of signals) groups.set(signal.rateHz, [...(groups.get(signal.rateHz) ?? []), signal]);
  return [...groups.values()];
}

/** The scale of a signal of 16 bits; `undefined` if its samples must be looked at. */
function knownScale(recording: Recording, signal: RecordingSignal): EdfScale | undefined {
  if (recording.format.startsWith("EDF")) return sourceScale(signal as EdfSignal);
  if (!storesSixteenBits(recording)) return undefined;
  const signed = "sampleFormat" in recording && recording.sampleFormat === "INT_16";
  const range = signed ? { minimum: -32768, maximum: 32767 } : { minimum: 0, maximum: 65535 };
  const scale = integerScale({ ...signal, name: recording.name }, range, physicalOf(signal));
  return scale && scale.limitError === 0 && scale.factor === 1 ? scale : undefined;
}

/** Such integers are kept even if the unit must change for that. */
function storesSixteenBits(recording: Recording): boolean {
  return "sampleFormat" in recording && /^U?INT_16$/.test(String(recording.sampleFormat));
}

/** The value of a stored integer. */
function physicalOf(signal: RecordingSignal): (stored: number) => number {
  if ("resolution" in signal) {
    const resolution = Number(signal.resolution);
    return (stored) => stored * resolution;
  }
  const { digitalMinimum, digitalMaximum, physicalMinimum, physicalMaximum } = signal as EdfSignal;
  const gain = (physicalMaximum - physicalMinimum) / (digitalMaximum - digitalMinimum);
  return (stored) => (stored - digitalMinimum) * gain + physicalMinimum;
}

async function rangesOf(
  recording: Recording,
  group: readonly RecordingSignal[],
  integers: boolean,
  spans: readonly StoredSpan[],
  onBlock: () => void,
): Promise<ValueRange[]> {
  const { rateHz } = group[0]!;
  const signals = group.map(({ index }) => index);
  const least = group.map(() => Infinity);
  const most = group.map(() => -Infinity);
  const length = Math.max(1, Math.floor(blockValues / group.length));
  for (const span of spans) {
    const end = Math.round(span.endSeconds * rateHz);
    for (let start = Math.round(span.startSeconds * rateHz); start < end; start += length) {
      onBlock();
      const endSample = Math.min(end, start + length);
      const window = { signals, startSample: start, endSample, gapPolicy: "join" as const };
      const { channels } = integers ? await recording.readDigital(window) : await recording.read(window);
      for (const [s, values] of channels.entries()) {
        let [low, high] = [least[s]!, most[s]!];
        for (let i = 0; i < values.length; i++) {
          const value = values[i]!;
          if (value < low) low = value;
          if (value > high) high = value;
        }
        least[s] = low;
        most[s] = high;
      }
    }
  }
  return group.map((_, s) => ({ minimum: least[s]!, maximum: most[s]! }));
}

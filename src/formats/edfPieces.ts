import type { ByteSource } from "./byteSource.ts";
import type { EdfHeader } from "./edfHeader.ts";
import { type ByteRange, maximumReadBytes, readAhead } from "./readAhead.ts";

/** A run of one signal's samples inside one record, and where it lies in the file. */
export interface EdfPiece extends ByteRange {
  /** Place of the signal in the list asked for. */
  readonly channel: number;
  readonly record: number;
  /** Number of the run's first sample, counted from the start of the recording. */
  readonly sample: number;
}

/**
 * Reads the samples `startSample` to `endSample` (excluded) of some signals of one rate and hands on their bytes, in
 * the order of the file.
 *
 * @param take gets bytes and where in them the piece starts; it must not keep the bytes
 */
export function readPieces(
  source: ByteSource,
  header: EdfHeader,
  signals: readonly number[],
  startSample: number,
  endSample: number,
  take: (bytes: Uint8Array, offset: number, piece: EdfPiece) => void,
): Promise<void> {
  return readAhead(source, planPieces(header, signals, startSample, endSample), take);
}

function* planPieces(
  { headerBytes, recordBytes, sampleBytes, signals, signalOffsets }: EdfHeader,
  wanted: readonly number[],
  startSample: number,
  endSample: number,
): Generator<EdfPiece> {
  if (wanted.length === 0 || startSample >= endSample) return;
  const perRecord = signals[wanted[0]!]!.samplesPerRecord;
  const longest = Math.floor(maximumReadBytes / sampleBytes);
  const inFileOrder = wanted.map((_, channel) => channel).sort((a, b) => wanted[a]! - wanted[b]!);
  for (let record = Math.floor(startSample / perRecord); record * perRecord < endSample; record++) {
    const from = Math.max(startSample, record * perRecord);
    const to = Math.min(endSample, (record + 1) * perRecord);
    for (const channel of inFileOrder) {
      const signalStart = headerBytes + record * recordBytes + signalOffsets[wanted[channel]!]!;
      for (let sample = from; sample < to; sample += longest) {
        const start = signalStart + (sample - record * perRecord) * sampleBytes;
        const count = Math.min(longest, to - sample);
        yield { channel, record, sample, start, end: start + count * sampleBytes };
      }
    }
  }
}

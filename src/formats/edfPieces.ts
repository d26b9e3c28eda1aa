import type { ByteSource } from "./byteSource.ts";
import type { EdfHeader } from "./edfHeader.ts";

/** A run of one signal's samples inside one record, and where it lies in the file. */
export interface EdfPiece {
  /** Place of the signal in the list asked for. */
  readonly channel: number;
  readonly record: number;
  /** Number of the run's first sample, counted from the start of the recording. */
  readonly sample: number;
  /** Bytes in the file, end excluded. */
  readonly start: number;
  readonly end: number;
}

/** One read, and the pieces that lie in it. */
interface Batch {
  readonly start: number;
  readonly end: number;
  readonly pieces: readonly EdfPiece[];
}

/** Reads are no longer than this: memory stays bounded whatever the file, and the bytes stay in the processor's cache. */
const maximumReadBytes = 512 * 2 ** 10;

/** Bytes that cost less to read along than to skip with a read of their own (some 10 microseconds each way). */
const skippableBytes = 16 * 2 ** 10;

/**
 * Reads the samples `startSample` to `endSample` (excluded) of some signals of one rate and hands on their bytes, in
 * the order of the file. Pieces that lie close together come in one read, others are skipped; the next read is under
 * way while the bytes of the last are decoded.
 *
 * @param take gets bytes and where in them the piece starts; it must not keep the bytes
 */
export async function readPieces(
  source: ByteSource,
  header: EdfHeader,
  signals: readonly number[],
  startSample: number,
  endSample: number,
  take: (bytes: Uint8Array, offset: number, piece: EdfPiece) => void,
): Promise<void> {
  const batches = planReads(planPieces(header, signals, startSample, endSample));
  let batch = batches.next();
  let pending = batch.done ? undefined : source.read(batch.value.start, batch.value.end);
  while (!batch.done && pending) {
    const { start, pieces } = batch.value;
    const bytes = await pending;
    batch = batches.next();
    pending = batch.done ? undefined : source.read(batch.value.start, batch.value.end);
    // a failure of the read ahead is reported when its turn comes
    pending?.catch(() => {});
    for (const piece of pieces) take(bytes, piece.start - start, piece);
  }
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

function* planReads(pieces: Iterable<EdfPiece>): Generator<Batch> {
  let batch: { start: number; end: number; pieces: EdfPiece[] } | undefined;
  for (const piece of pieces) {
    const joins = batch && piece.start - batch.end <= skippableBytes && piece.end - batch.start <= maximumReadBytes;
    if (batch && joins) {
      batch.pieces.push(piece);
      batch.end = Math.max(batch.end, piece.end);
      continue;
    }
    if (batch) yield batch;
    batch = { start: piece.start, end: piece.end, pieces: [piece] };
  }
  if (batch) yield batch;
}

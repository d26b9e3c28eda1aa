import { ToolkitError } from "../core/error.ts";
import type { BrainVisionHeader, BrainVisionSampleFormat } from "./brainVisionHeader.ts";
import type { ByteSource } from "./byteSource.ts";
import { maximumReadBytes, readAhead } from "./readAhead.ts";
import type { PieceReader } from "./windowReaders.ts";

type Numbers = Int16Array | Uint16Array | Int32Array | Float32Array | Float64Array;

/** Bytes of one stored number. */
export const brainVisionSampleBytes: Readonly<Record<BrainVisionSampleFormat, number>> = {
  INT_16: 2,
  UINT_16: 2,
  INT_32: 4,
  IEEE_FLOAT_32: 4,
  IEEE_FLOAT_64: 8,
};

const views: Readonly<
  Record<BrainVisionSampleFormat, (buffer: ArrayBuffer, offset: number, count: number) => Numbers>
> = {
  INT_16: (buffer, offset, count) => new Int16Array(buffer, offset, count),
  UINT_16: (buffer, offset, count) => new Uint16Array(buffer, offset, count),
  INT_32: (buffer, offset, count) => new Int32Array(buffer, offset, count),
  IEEE_FLOAT_32: (buffer, offset, count) => new Float32Array(buffer, offset, count),
  IEEE_FLOAT_64: (buffer, offset, count) => new Float64Array(buffer, offset, count),
};

const littleEndianMachine = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Samples that lie together in the file: of all channels (multiplexed), or of one. */
interface Piece {
  readonly start: number;
  readonly end: number;
  /** Number of the first sample. */
  readonly sample: number;
  readonly count: number;
  /** Place of the channel in the list asked for; missing if the piece has all channels. */
  readonly channel?: number;
}

/** What the readers need to know of a file. */
export interface BrainVisionData {
  /** The data file. */
  readonly source: ByteSource;
  readonly header: BrainVisionHeader;
  /** Number of samples of each channel, which in vectorized files also says where the channels begin. */
  readonly samples: number;
}

/** Physical values: stored number times resolution. */
export function physicalReader(data: BrainVisionData): PieceReader<Float64Array> {
  const { source, header } = data;
  const floats = header.sampleFormat.startsWith("IEEE");
  return readerOf(data, (numbers, { first, stride, count, index, sample }, out, at) => {
    const { resolution, label } = header.signals[index]!;
    for (let i = 0, n = first; i < count; i++, n += stride) out[at + i] = numbers[n]! * resolution;
    if (!floats) return;
    for (let i = 0; i < count; i++) {
      if (Number.isFinite(out[at + i])) continue;
      throw new ToolkitError(
        "bad-value",
        `${source.name}: channel "${label}" (number ${index}) has ${out[at + i]} at sample ${sample + i}; a recording must be finite numbers`,
      );
    }
  });
}

/** The stored integers; `undefined` if the file holds floats. */
export function digitalReader(data: BrainVisionData): PieceReader<Int32Array> | undefined {
  if (data.header.sampleFormat.startsWith("IEEE")) return undefined;
  return readerOf(data, (numbers, { first, stride, count }, out, at) => {
    for (let i = 0, n = first; i < count; i++, n += stride) out[at + i] = numbers[n]!;
  });
}

/** Where one channel's samples are among the numbers of a piece. */
interface Place {
  readonly first: number;
  readonly stride: number;
  readonly count: number;
  /** Number of the channel. */
  readonly index: number;
  /** Number of the first sample. */
  readonly sample: number;
}

function readerOf<T>(
  { source, header, samples }: BrainVisionData,
  copy: (numbers: Numbers, place: Place, out: T, at: number) => void,
): PieceReader<T> {
  const { sampleFormat, orientation, signals } = header;
  const size = brainVisionSampleBytes[sampleFormat];
  const multiplexed = orientation === "MULTIPLEXED";
  const swap = header.bigEndian === littleEndianMachine;
  return async (indices, { startSample, endSample, at }, out) => {
    const pieces = multiplexed
      ? multiplexedPieces(signals.length * size, startSample, endSample)
      : vectorizedPieces(indices, samples, size, startSample, endSample);
    await readAhead(source, pieces, (bytes, offset, { start, end, sample, count, channel }) => {
      const numbers = numbersOf(bytes.subarray(offset, offset + end - start), sampleFormat, size, swap);
      const to = at + sample - startSample;
      if (channel !== undefined) {
        copy(numbers, { first: 0, stride: 1, count, index: indices[channel]!, sample }, out[channel]!, to);
        return;
      }
      for (const [c, index] of indices.entries()) {
        copy(numbers, { first: index, stride: signals.length, count, index, sample }, out[c]!, to);
      }
    });
  };
}

function* multiplexedPieces(frameBytes: number, startSample: number, endSample: number): Generator<Piece> {
  const frames = Math.max(1, Math.floor(maximumReadBytes / frameBytes));
  for (let sample = startSample; sample < endSample; sample += frames) {
    const count = Math.min(frames, endSample - sample);
    yield { sample, count, start: sample * frameBytes, end: (sample + count) * frameBytes };
  }
}

function* vectorizedPieces(
  indices: readonly number[],
  samples: number,
  size: number,
  startSample: number,
  endSample: number,
): Generator<Piece> {
  const longest = Math.floor(maximumReadBytes / size);
  const inFileOrder = indices.map((_, channel) => channel).sort((a, b) => indices[a]! - indices[b]!);
  for (const channel of inFileOrder) {
    for (let sample = startSample; sample < endSample; sample += longest) {
      const count = Math.min(longest, endSample - sample);
      const start = (indices[channel]! * samples + sample) * size;
      yield { channel, sample, count, start, end: start + count * size };
    }
  }
}

/** The numbers in some bytes; a copy where the bytes are in the other order or do not lie as the machine needs them. */
function numbersOf(bytes: Uint8Array, format: BrainVisionSampleFormat, size: number, swap: boolean): Numbers {
  const count = bytes.length / size;
  const aligned = bytes.byteOffset % size === 0 && bytes.buffer instanceof ArrayBuffer;
  if (aligned && !swap) return views[format](bytes.buffer, bytes.byteOffset, count);
  const copy = bytes.slice();
  if (swap) for (let at = 0; at < copy.length; at += size) copy.subarray(at, at + size).reverse();
  return views[format](copy.buffer as ArrayBuffer, 0, count);
}

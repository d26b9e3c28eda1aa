import { ToolkitError } from "../core/error.ts";
import { type ByteSource, memorySource } from "./byteSource.ts";
import { maximumReadBytes } from "./readAhead.ts";

/** Where the elements of a MATLAB 5 file are: the file, or what an element of it inflates to. */
export interface MatBytes {
  /** The file's name, for messages. */
  readonly name: string;
  readonly source: ByteSource;
  readonly bigEndian: boolean;
}

/** One data element: its type and where its data are. */
export interface MatElement {
  readonly type: number;
  readonly start: number;
  readonly end: number;
  /** Where the next element begins. */
  readonly next: number;
}

/** Codes of the element types that hold other elements. */
export const matTypes = { matrix: 14, compressed: 15 } as const;

/** Stored numbers, decoded when asked for. */
export interface MatNumbers {
  readonly count: number;
  /**
   * Reads numbers `start` to `end` (excluded) in MATLAB's order, the first dimension fastest, as float64.
   *
   * @throws ToolkitError `bad-value` for a 64-bit integer that float64 does not have
   */
  read(start?: number, end?: number): Promise<Float64Array>;
}

type Numbers = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array;
type View = (buffer: ArrayBuffer) => Numbers | Float64Array | BigInt64Array | BigUint64Array;

/** Bytes of a stored number, and the array that reads it. */
const numberTypes: Readonly<Record<number, { readonly bytes: number; readonly view: View }>> = {
  1: { bytes: 1, view: (buffer) => new Int8Array(buffer) },
  2: { bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  3: { bytes: 2, view: (buffer) => new Int16Array(buffer) },
  4: { bytes: 2, view: (buffer) => new Uint16Array(buffer) },
  5: { bytes: 4, view: (buffer) => new Int32Array(buffer) },
  6: { bytes: 4, view: (buffer) => new Uint32Array(buffer) },
  7: { bytes: 4, view: (buffer) => new Float32Array(buffer) },
  9: { bytes: 8, view: (buffer) => new Float64Array(buffer) },
  12: { bytes: 8, view: (buffer) => new BigInt64Array(buffer) },
  13: { bytes: 8, view: (buffer) => new BigUint64Array(buffer) },
};

const littleEndianMachine = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Reads the tag of an element. Data of up to four bytes share it; all others are padded to eight bytes, except compressed
 * ones.
 *
 * @param at first byte of the tag
 * @param limit end of what holds the element
 * @throws ToolkitError `bad-format` if the element leaves it, `truncated` if it leaves the file
 */
export async function readMatElement(bytes: MatBytes, at: number, limit: number): Promise<MatElement> {
  checkEnd(bytes, "the tag of an element", at, at + 8, limit);
  const tag = await bytes.source.read(at, at + 8);
  const view = new DataView(tag.buffer, tag.byteOffset, 8);
  const type = view.getUint32(0, !bytes.bigEndian);
  if (type > 0xffff) {
    const count = type >>> 16;
    if (count > 4) throw matDefect(bytes, at, `a short element says it has ${count} bytes, 4 at most fit`);
    return { type: type & 0xffff, start: at + 4, end: at + 4 + count, next: at + 8 };
  }
  const start = at + 8;
  const end = start + view.getUint32(4, !bytes.bigEndian);
  checkEnd(bytes, "an element", at, end, limit);
  const padded = type === matTypes.compressed ? end : start + Math.ceil((end - start) / 8) * 8;
  return { type, start, end, next: Math.min(padded, limit) };
}

/** The error for bytes that are not as the format says. */
export function matDefect({ name, source }: MatBytes, at: number, message: string): ToolkitError {
  const where = source.name === name ? `byte ${at}` : `${source.name}, byte ${at}`;
  return new ToolkitError("bad-format", `${name}: ${where}: ${message}; the file is damaged`);
}

function checkEnd(bytes: MatBytes, what: string, at: number, end: number, limit: number): void {
  if (end <= limit) return;
  const { name, source } = bytes;
  if (source.name !== name || limit < source.byteLength) {
    throw matDefect(bytes, at, `${what} ends at ${end}, what holds it at ${limit}`);
  }
  throw new ToolkitError(
    "truncated",
    `${name}: byte ${at}: ${what} ends at ${end}, the file at ${limit}; get all of it`,
  );
}

/**
 * The numbers in an element.
 *
 * @param offset bytes of the element to leave out in front
 * @throws ToolkitError `bad-format` if it does not hold whole numbers
 */
export function matNumbers(bytes: MatBytes, { type, start, end }: MatElement): MatNumbers {
  const stored = numberTypes[type];
  if (!stored) throw matDefect(bytes, start, `an element of type ${type} is where numbers are needed`);
  const count = (end - start) / stored.bytes;
  if (!Number.isInteger(count)) {
    throw matDefect(bytes, start, `${end - start} bytes are no whole numbers of ${stored.bytes} bytes`);
  }
  return {
    count,
    read: async (from = 0, to = count) => {
      const out = new Float64Array(to - from);
      const most = Math.floor(maximumReadBytes / stored.bytes);
      for (let at = from; at < to; at += most) {
        const last = Math.min(to, at + most);
        const part = await bytes.source.read(start + at * stored.bytes, start + last * stored.bytes);
        const values = stored.view(aligned(part, stored.bytes, bytes.bigEndian));
        if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
          values.forEach((value, i) => {
            out[at - from + i] = exact(bytes, start, value);
          });
        } else out.set(values, at - from);
      }
      return out;
    },
  };
}

/** A copy of the bytes in the machine's order. */
function aligned(part: Uint8Array, size: number, bigEndian: boolean): ArrayBuffer {
  const copy = new Uint8Array(part);
  if (bigEndian === littleEndianMachine && size > 1) {
    for (let at = 0; at < copy.length; at += size) copy.subarray(at, at + size).reverse();
  }
  return copy.buffer;
}

function exact({ name }: MatBytes, at: number, value: bigint): number {
  const number = Number(value);
  if (BigInt(number) === value) return number;
  throw new ToolkitError("bad-value", `${name}: byte ${at}: the integer ${value} is beyond what float64 holds exactly`);
}

/** Deflate makes at most 1032 bytes of one; what claims more is damaged, and no memory is set aside for it. */
const deflateRatio = 1032;

/**
 * Inflates the head of a compressed element, or all of it.
 *
 * @param element the compressed one
 * @param wanted stop after so many bytes; default all, whose number the inflated tag states
 * @throws ToolkitError `bad-format` if the bytes do not inflate
 */
export async function inflateMat(bytes: MatBytes, element: MatElement, wanted?: number): Promise<MatBytes> {
  const at = element.start;
  const stream = new DecompressionStream("deflate");
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  // the reading side meets the same failure, unless the source is what failed
  const fed = feed(bytes, element, writer);
  const failed = new Promise<never>((_, reject) => fed.catch(reject));
  failed.catch(() => {});
  let out = new Uint8Array(wanted ?? 8);
  let filled = 0;
  let total = wanted;
  try {
    while (total === undefined || filled < total || wanted === undefined) {
      const { done, value } = await Promise.race([reader.read(), failed]);
      if (done) break;
      const room = total === undefined ? filled + value.length : total - filled;
      if (value.length > room && wanted === undefined) {
        throw matDefect(bytes, at, `a compressed element inflates to more than the ${total} bytes it states`);
      }
      if (total === undefined && filled + value.length > out.length) out = grown(out, filled + value.length);
      out.set(value.subarray(0, room), filled);
      filled += Math.min(room, value.length);
      if (total === undefined && filled >= 8) {
        total = statedBytes(bytes, element, out);
        if (filled > total) {
          throw matDefect(bytes, at, `a compressed element inflates to more than the ${total} bytes it states`);
        }
        out = grown(out.subarray(0, filled), total);
      }
    }
  } catch (cause) {
    if (cause instanceof ToolkitError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ToolkitError("bad-format", `${bytes.name}: byte ${at}: does not inflate (${why}); the file is damaged`, {
      cause,
    });
  } finally {
    await reader.cancel().catch(() => {});
    await writer.abort().catch(() => {});
  }
  if (wanted === undefined && (total === undefined || filled < total)) {
    throw matDefect(bytes, at, `a compressed element inflates to ${filled} bytes, ${total ?? 8} are needed`);
  }
  const name = `${bytes.name} (inflated from byte ${at})`;
  return { ...bytes, source: memorySource(out.subarray(0, filled), name) };
}

async function feed(bytes: MatBytes, { start, end }: MatElement, writer: WritableStreamDefaultWriter<Uint8Array>) {
  for (let at = start; at < end; at += maximumReadBytes) {
    const part = await bytes.source.read(at, Math.min(end, at + maximumReadBytes));
    await writer.write(part);
  }
  await writer.close();
}

/** Size of the inflated element with its tag. */
function statedBytes(bytes: MatBytes, { start, end }: MatElement, head: Uint8Array): number {
  const total = 8 + new DataView(head.buffer, head.byteOffset).getUint32(4, !bytes.bigEndian);
  if (total <= deflateRatio * (end - start)) return total;
  throw matDefect(bytes, start, `${end - start} compressed bytes cannot be the ${total} that they state`);
}

function grown(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size);
  larger.set(bytes);
  return larger;
}

/** Reads small ranges out of larger ones, so that a file of many small elements is read in few steps. */
export function blockwise(source: ByteSource, blockBytes = 64 * 2 ** 10): ByteSource {
  let start = 0;
  let block: Uint8Array = new Uint8Array(0);
  return {
    ...source,
    read: async (from, to) => {
      if (to - from > blockBytes || to > source.byteLength) return source.read(from, to);
      if (from < start || to > start + block.length) {
        const loaded = await source.read(from, Math.min(source.byteLength, from + blockBytes));
        [start, block] = [from, loaded];
        return loaded.subarray(0, to - from);
      }
      return block.subarray(from - start, to - start);
    },
  };
}

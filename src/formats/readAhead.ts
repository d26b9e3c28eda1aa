import type { ByteSource } from "./byteSource.ts";

/** Bytes of a file, end excluded. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Reads are no longer than this: memory stays bounded whatever the file, and the bytes stay in the processor's cache. */
export const maximumReadBytes = 512 * 2 ** 10;

/** Bytes that cost less to read along than to skip with a read of their own (some 10 microseconds each way). */
const skippableBytes = 16 * 2 ** 10;

/** As many small reads are under way at a time; of large ones one. */
const maximumReads = 8;

/**
 * Reads pieces of a file and hands on their bytes, in the order given. Pieces that lie close together come in one read,
 * others are skipped; the next reads, `maximumReadBytes` in all, are under way while the bytes of the last are decoded.
 *
 * @param pieces in the order of the file, none longer than `maximumReadBytes`
 * @param take gets bytes and where in them the piece starts; it must not keep the bytes
 */
export async function readAhead<Piece extends ByteRange>(
  source: ByteSource,
  pieces: Iterable<Piece>,
  take: (bytes: Uint8Array, offset: number, piece: Piece) => void,
): Promise<void> {
  const batches = planReads(pieces);
  const ahead: { batch: Batch<Piece>; pending: Promise<Uint8Array> }[] = [];
  let bytesAhead = 0;
  let next = batches.next();
  const fill = () => {
    while (!next.done && ahead.length < maximumReads) {
      const { start, end } = next.value;
      if (ahead.length > 0 && bytesAhead + end - start > maximumReadBytes) return;
      const pending = source.read(start, end);
      // a failure of a read ahead is reported when its turn comes
      pending.catch(() => {});
      ahead.push({ batch: next.value, pending });
      bytesAhead += end - start;
      next = batches.next();
    }
  };
  fill();
  for (let first = ahead.shift(); first; first = ahead.shift()) {
    const { start, end, pieces } = first.batch;
    const bytes = await first.pending;
    bytesAhead -= end - start;
    fill();
    for (const piece of pieces) take(bytes, piece.start - start, piece);
  }
}

/** One read, and the pieces that lie in it. */
interface Batch<Piece> extends ByteRange {
  readonly pieces: readonly Piece[];
}

function* planReads<Piece extends ByteRange>(pieces: Iterable<Piece>): Generator<Batch<Piece>> {
  let batch: { start: number; end: number; pieces: Piece[] } | undefined;
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

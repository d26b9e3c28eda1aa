import type { KernelArena } from "../../numeric/kernels.ts";

/** Interleaved series in kernel memory, [groups of four, length, 4], and the runs of rows in them. */
export interface InterleavedRuns {
  readonly arena: KernelArena;
  /** Address of the lagged series. */
  readonly inputs: number;
  /** Groups of lagged series. */
  readonly inputGroups: number;
  /** Samples in each group of lagged series. */
  readonly inputLength: number;
  /** Address of the targets. */
  readonly outputs: number;
  /** Groups of targets. */
  readonly outputGroups: number;
  /** Samples in each group of targets. */
  readonly outputLength: number;
  /** Number of rows of each run, and where its lagged samples (lags - 1 more than rows) and its targets begin. */
  readonly runs: readonly { readonly count: number; readonly at: number; readonly row: number }[];
  /** Number of lags. */
  readonly lags: number;
  /** Address of [lags (to a multiple of 4), 4 (inputGroups + outputGroups), 4 inputGroups], zeros. */
  readonly products: number;
}

/** Which numbers {@link laggedProducts} needs room for in the arena. */
export type ProductSizes = Pick<InterleavedRuns, "inputGroups" | "outputGroups" | "lags">;

/** Samples of a block, bins of its spectrum, blocks gathered before they are multiplied. */
const blockSamples = 128;
const bins = blockSamples / 2 + 1;
const gatheredBlocks = 32;
/** Between bins, which would else be powers of two apart and fall on each other in the cache. */
const paddingNumbers = 8;
/** Samples multiplied at a time without spectra: both operands stay in the second cache. */
const chunkSamples = 192;

/** Whether the products of so many rows are less work by spectra; both ways give the same but for rounding. */
export function bySpectra({ inputGroups, outputGroups, lags }: ProductSizes, rows: number): boolean {
  const blockRows = blockSamples - lags + 1;
  if (blockRows < blockSamples / 2) return false;
  const pairs = 16 * inputGroups * (inputGroups + outputGroups);
  const transforms = 4 * (2 * inputGroups + outputGroups);
  // Operations a row: a transform has some 50 a sample; and once for all rows the way back to lags.
  const spectral =
    (blockSamples * (50 * transforms + 4 * pairs)) / blockRows + (2 * blockSamples * pairs * lags) / rows;
  return spectral < 2 * lags * pairs;
}

/** Numbers {@link laggedProducts} takes from the arena beside its arguments. */
export function productRoom({ inputGroups, outputGroups, lags }: ProductSizes, rows: number): number {
  if (!bySpectra({ inputGroups, outputGroups, lags }, rows)) return 0;
  const groups = 3 * inputGroups + outputGroups;
  const panels = bins * (groups * 2 * gatheredBlocks * 4 + 2 * paddingNumbers);
  const sums = bins * (4 * (inputGroups + outputGroups) * 8 * inputGroups + paddingNumbers);
  return panels + sums + 4 * blockSamples + 8 * bins * Math.ceil(lags / 4) + 4 * blockSamples * 2 + 64;
}

/**
 * Sums of products of every lagged series and every target (rows, the series first) with every lagged series at each lag
 * (columns), row n with sample n + lag. By spectra of blocks where that is less work: the blocks of the rows are filled up with
 * zeros, those of the lagged series reach on for the lags, so that none of the products wraps round.
 */
export function laggedProducts(series: InterleavedRuns): void {
  const rows = series.runs.reduce((sum, { count }) => sum + count, 0);
  if (bySpectra(series, rows)) multiplySpectra(series);
  else multiplySamples(series);
}

function multiplySamples(series: InterleavedRuns): void {
  const { arena, inputs, inputGroups, inputLength, outputs, outputGroups, outputLength, runs, lags, products } = series;
  const { panelProduct } = arena.kernels;
  const [inputBytes, outputBytes] = [32 * inputLength, 32 * outputLength];
  const lagBytes = 128 * (inputGroups + outputGroups) * inputGroups;
  for (const { count: all, at, row } of runs) {
    for (let done = 0; done < all; done += chunkSamples) {
      const count = Math.min(chunkSamples, all - done);
      const x = inputs + 32 * (at + done);
      const y = outputs + 32 * (row + done);
      for (let lag = 0; lag < lags; lag++) {
        const late = x + 32 * lag;
        const square = products + lagBytes * lag;
        panelProduct(x, inputGroups, inputBytes, late, inputGroups, inputBytes, count, square);
        const tall = square + 128 * inputGroups ** 2;
        panelProduct(y, outputGroups, outputBytes, late, inputGroups, inputBytes, count, tall);
      }
    }
  }
}

function multiplySpectra(series: InterleavedRuns): void {
  const { arena, inputs, inputGroups, inputLength, outputs, outputGroups, outputLength, runs, lags, products } = series;
  const { blockSpectra, panelProduct, binsToLags } = arena.kernels;
  const blockRows = blockSamples - lags + 1;
  const rowGroups = inputGroups + outputGroups;
  // A block is two rows of a panel: real and imaginary part.
  const panelBytes = 32 * 2 * gatheredBlocks;
  const leftBin = rowGroups * panelBytes + 8 * paddingNumbers;
  const rightBin = 2 * inputGroups * panelBytes + 8 * paddingNumbers;
  const sumBin = 8 * 4 * rowGroups * 8 * inputGroups + 8 * paddingNumbers;
  const left = arena.float64((bins * leftBin) / 8).address;
  const right = arena.float64((bins * rightBin) / 8).address;
  const sums = arena.float64((bins * sumBin) / 8).address;
  const work = arena.float64(8 * blockSamples).address;
  const twiddles = writeTwiddles(arena);

  let gathered = 0;
  const multiply = () => {
    for (let k = 0; k < bins; k++) {
      const b = right + k * rightBin;
      panelProduct(
        left + k * leftBin,
        rowGroups,
        panelBytes,
        b,
        2 * inputGroups,
        panelBytes,
        2 * gathered,
        sums + k * sumBin,
      );
    }
    gathered = 0;
  };
  for (const { count, at, row } of runs) {
    for (let done = 0; done < count; done += blockRows) {
      const used = Math.min(blockRows, count - done);
      const reach = used + lags - 1;
      const to = 64 * gathered;
      for (let g = 0; g < inputGroups; g++) {
        const x = inputs + 32 * (g * inputLength + at + done);
        blockSpectra(x, used, work, twiddles, left + g * panelBytes + to, 0, leftBin);
        const b = right + g * panelBytes + to;
        blockSpectra(x, reach, work, twiddles, b, b + inputGroups * panelBytes, rightBin);
      }
      for (let g = 0; g < outputGroups; g++) {
        const y = outputs + 32 * (g * outputLength + row + done);
        blockSpectra(y, used, work, twiddles, left + (inputGroups + g) * panelBytes + to, 0, leftBin);
      }
      if (++gathered === gatheredBlocks) multiply();
    }
  }
  if (gathered > 0) multiply();

  const back = writeInverse(arena, lags);
  const lagBytes = 128 * rowGroups * inputGroups;
  for (let r = 0; r < 4 * rowGroups; r++) {
    const from = sums + r * 64 * inputGroups;
    const to = products + r * 32 * inputGroups;
    binsToLags(back, Math.ceil(lags / 4), bins, from, sumBin, 32 * inputGroups, 4 * inputGroups, to, lagBytes);
  }
}

/** Cosines and minus sines, as `blockSpectra` takes them. */
function writeTwiddles(arena: KernelArena): number {
  const { array, address } = arena.float64(2 * blockSamples);
  for (let k = 0; k < 64; k++) {
    for (const [at, points] of [
      [2 * k, 64],
      [2 * (64 + k), 128],
    ] as const) {
      array[at] = Math.cos((2 * Math.PI * k) / points);
      array[at + 1] = -Math.sin((2 * Math.PI * k) / points);
    }
  }
  return address;
}

/** The inverse transform of bins to lags, [lag groups, bins, 2, 4]; both spectra that were multiplied are doubled. */
function writeInverse(arena: KernelArena, lags: number): number {
  const groups = Math.ceil(lags / 4);
  const { array, address } = arena.float64(8 * bins * groups);
  for (let lag = 0; lag < lags; lag++) {
    for (let k = 0; k < bins; k++) {
      const share = (k === 0 || k === bins - 1 ? 1 : 2) / (4 * blockSamples);
      // The angle is made of whole numbers, so that equal ones have equal sines.
      const angle = (2 * Math.PI * ((k * lag) % blockSamples)) / blockSamples;
      const at = ((lag >> 2) * bins + k) * 8 + (lag & 3);
      array[at] = share * Math.cos(angle);
      array[at + 4] = -share * Math.sin(angle);
    }
  }
  return address;
}

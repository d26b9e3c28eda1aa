import { createFft } from "./fft.ts";

/**
 * Short correlations and short filters of long signals by block FFT: the signals are cut into blocks, so the cost grows
 * with the number of lags only as its logarithm, and the transforms stay in the processor's cache.
 */
export interface BlockCorrelator {
  /** Number of lags, 0 .. lags - 1. */
  readonly lags: number;
  /** Number of samples of every signal. */
  readonly samples: number;
  /** Spectra of the signal's disjoint blocks, each padded with zeros. */
  blocks(signal: Float64Array): BlockSpectra;
  /**
   * Correlations of several signals with one, `r_i(m) = sum_t x_i(t) y(t + m)`, m = 0 .. lags - 1; samples past the end
   * count as 0.
   *
   * @param signals spectra of the x_i, from `blocks`
   * @param y [samples] or longer
   * @returns [signals][lags]
   */
  correlate(signals: readonly BlockSpectra[], y: Float64Array): Float64Array[];
  /**
   * The sum of several signals, each through its own filter, `sum_i sum_m f_i(m) x_i(t - m)`.
   *
   * @param signals spectra from `blocks`
   * @param filters one of `lags` taps for each signal
   * @returns [samples + lags - 1]
   */
  filterSum(signals: readonly BlockSpectra[], filters: readonly Float64Array[]): Float64Array;
  /**
   * Spectra of filters, for `responseSum`: filters that several signals go through are transformed once.
   *
   * @param filters one of `lags` taps for each signal
   */
  responses(filters: readonly Float64Array[]): BlockSpectra[];
  /**
   * The same sum as `filterSum`, of filters transformed before.
   *
   * @param signals spectra from `blocks`
   * @param responses one for each signal, from `responses`
   * @returns [samples + lags - 1]
   */
  responseSum(signals: readonly BlockSpectra[], responses: readonly BlockSpectra[]): Float64Array;
  /**
   * Several such sums side by side, in pieces from the first sample to the last, so that none is ever whole in memory.
   *
   * @param sums what goes into each sum
   * @param visit called for each piece with its first sample and one array for each sum, valid during the call only
   */
  visitSums(sums: readonly FilteredSum[], visit: (start: number, pieces: readonly Float64Array[]) => void): void;
}

/** Signals and the filters they go through before they are added up. */
export interface FilteredSum {
  /** Spectra from `blocks`. */
  readonly signals: readonly BlockSpectra[];
  /** One for each signal, from `responses`. */
  readonly responses: readonly BlockSpectra[];
}

/** Half spectra of all blocks of one signal, [blocks, bins]. */
export interface BlockSpectra {
  /** Real parts. */
  readonly real: Float64Array;
  /** Imaginary parts. */
  readonly imag: Float64Array;
}

/**
 * Makes a correlator.
 *
 * @param samples length of the signals
 * @param lags number of lags and of filter taps
 */
export function createBlockCorrelator(samples: number, lags: number): BlockCorrelator {
  const size = transformSize(samples, lags);
  const step = size - lags + 1;
  const count = Math.ceil(samples / step);
  const fft = createFft(size);
  const { bins } = fft;
  const time = new Float64Array(size);
  const emptySpectrum = (): BlockSpectra => ({ real: new Float64Array(bins), imag: new Float64Array(bins) });
  const one = emptySpectrum();

  /** Transforms the samples from `start` to `start + length`, zeros after them. */
  const transform = (signal: Float64Array, start: number, length: number, out: BlockSpectra, offset: number): void => {
    const piece = signal.subarray(start, start + length);
    const { scratch } = fft;
    scratch.set(piece);
    scratch.fill(0, piece.length, size);
    fft.forwardReal(scratch, out.real, out.imag, offset);
  };

  const responses = (filters: readonly Float64Array[]): BlockSpectra[] =>
    filters.map((filter) => {
      const response = emptySpectrum();
      transform(filter, 0, size, response, 0);
      return response;
    });

  const visitSums: BlockCorrelator["visitSums"] = (sums, visit) => {
    // What the blocks so far give from the current one's start on.
    const pending = sums.map(() => new Float64Array(size));
    const end = samples + lags - 1;
    for (let block = 0; block < count; block++) {
      for (const [k, { signals, responses }] of sums.entries()) {
        one.real.fill(0);
        one.imag.fill(0);
        for (const [i, signal] of signals.entries()) addProduct(one, responses[i]!, signal, block * bins);
        fft.inverseReal(one.real, one.imag, time);
        const sum = pending[k]!;
        for (let t = 0; t < size; t++) sum[t]! += time[t]!;
      }
      const start = block * step;
      const length = block === count - 1 ? end - start : step;
      visit(
        start,
        pending.map((sum) => sum.subarray(0, length)),
      );
      for (const sum of pending) {
        sum.copyWithin(0, step);
        sum.fill(0, size - step);
      }
    }
  };

  const responseSum: BlockCorrelator["responseSum"] = (signals, filters) => {
    const out = new Float64Array(samples + lags - 1);
    visitSums([{ signals, responses: filters }], (start, [piece]) => {
      out.set(piece!, start);
    });
    return out;
  };

  return {
    lags,
    samples,
    blocks: (signal) => {
      const out = { real: new Float64Array(count * bins), imag: new Float64Array(count * bins) };
      for (let block = 0; block < count; block++) transform(signal, block * step, step, out, block * bins);
      return out;
    },
    correlate: (signals, y) => {
      const sums = signals.map(emptySpectrum);
      for (let block = 0; block < count; block++) {
        // The segment of y reaches lags - 1 samples into the next block.
        transform(y, block * step, size, one, 0);
        let i = 0;
        for (; i + 1 < signals.length; i += 2) {
          addConjugateProducts([sums[i]!, sums[i + 1]!], [signals[i]!, signals[i + 1]!], one, block * bins);
        }
        if (i < signals.length) addConjugateProduct(sums[i]!, signals[i]!, one, block * bins);
      }
      return sums.map((sum) => {
        fft.inverseReal(sum.real, sum.imag, time);
        return time.slice(0, lags);
      });
    },
    responses,
    responseSum,
    visitSums,
    filterSum: (signals, filters) => responseSum(signals, responses(filters)),
  };
}

/** Power of two of about eight times the lags: larger wastes cache, smaller wastes overlap. */
function transformSize(samples: number, lags: number): number {
  const wanted = Math.min(Math.max(8 * lags, 64), samples + lags);
  return 2 ** Math.ceil(Math.log2(Math.max(wanted, 2 * lags, 2)));
}

/** Adds conj(x) y, x from bin `at` on. */
function addConjugateProduct(sum: BlockSpectra, x: BlockSpectra, y: BlockSpectra, at: number): void {
  const { real, imag } = sum;
  for (let i = 0, j = at; i < real.length; i++, j++) {
    const a = x.real[j]!;
    const b = x.imag[j]!;
    const c = y.real[i]!;
    const d = y.imag[i]!;
    real[i]! += a * c + b * d;
    imag[i]! += a * d - b * c;
  }
}

/** The same for two x at once: y is read once, and so is the clock of the loop. */
function addConjugateProducts(
  [sum, otherSum]: [BlockSpectra, BlockSpectra],
  [x, otherX]: [BlockSpectra, BlockSpectra],
  y: BlockSpectra,
  at: number,
): void {
  const { real, imag } = sum;
  const { real: otherReal, imag: otherImag } = otherSum;
  const count = real.length;
  const aReal = x.real.subarray(at, at + count);
  const aImag = x.imag.subarray(at, at + count);
  const bReal = otherX.real.subarray(at, at + count);
  const bImag = otherX.imag.subarray(at, at + count);
  for (let i = 0; i < count; i++) {
    const c = y.real[i]!;
    const d = y.imag[i]!;
    const a = aReal[i]!;
    const b = aImag[i]!;
    real[i]! += a * c + b * d;
    imag[i]! += a * d - b * c;
    const e = bReal[i]!;
    const f = bImag[i]!;
    otherReal[i]! += e * c + f * d;
    otherImag[i]! += e * d - f * c;
  }
}

/** Adds filter * x, x from bin `at` on. */
function addProduct(sum: BlockSpectra, filter: BlockSpectra, x: BlockSpectra, at: number): void {
  const { real, imag } = sum;
  for (let i = 0, j = at; i < real.length; i++, j++) {
    const a = x.real[j]!;
    const b = x.imag[j]!;
    const c = filter.real[i]!;
    const d = filter.imag[i]!;
    real[i]! += a * c - b * d;
    imag[i]! += a * d + b * c;
  }
}

import { identity, type MonoTypeOperatorFunction } from "rxjs";
import {
  type Block,
  butterworth,
  filterBlocks,
  type Matrix,
  type PreprocessingOptions,
  resampleToRate,
  row,
  sosFilter,
  sosSteadyState,
  zeroPhaseFilter,
} from "../../src/index.ts";

/** Brings features to the EEG's sampling times and into the band of the decoder. */
export interface FeatureBand {
  /** What the streamed EEG goes through before it is cut: the causal filter, or nothing where filtering is zero-phase. */
  readonly streamed: MonoTypeOperatorFunction<Block>;
  /** What each trial's EEG goes through after it was cut: the zero-phase filter, or nothing where filtering is causal. */
  filterTrial(samples: Float64Array): Float64Array;
  /**
   * Reads features at the EEG's sampling times, by time stamps, and band-passes them.
   *
   * @param rows [features, values] at `rateHz`, the first value at time 0
   * @param times of the EEG samples, in seconds after the trial's onset
   */
  align(rows: readonly Float64Array[], rateHz: number, times: Float64Array): Float64Array[];
}

/** The band-pass that EEG and features share, so that both have the same phase. */
export function featureBand(options: PreprocessingOptions): FeatureBand {
  const { lowHz, highHz, filterOrder, phase, rateHz } = options;
  const sections = butterworth({ type: "bandpass", order: filterOrder, lowHz, highHz, rateHz });
  const settled = sosSteadyState(sections);
  const filter = (samples: Float64Array): Float64Array => {
    if (phase === "zero") return zeroPhaseFilter(sections, samples);
    // Start as if the first value had stood there forever: no step response at the onset
    const state = settled.map((value) => value * samples[0]!);
    return sosFilter(sections, samples, state).output;
  };
  return {
    streamed: phase === "causal" ? filterBlocks(sections) : identity,
    filterTrial: phase === "causal" ? identity : filter,
    align: (rows, featureRateHz, times) =>
      rows.map((row) =>
        filter(
          resampleToRate(
            row,
            { rateHz: featureRateHz, startSeconds: 0 },
            { rateHz, startSeconds: times[0]!, samples: times.length },
          ),
        ),
      ),
  };
}

/** The rows of a matrix in double precision, as `FeatureBand.align` takes them. */
export function rowsOf(matrix: Matrix): Float64Array[] {
  return Array.from({ length: matrix.rows }, (_, r) => Float64Array.from(row(matrix, r)));
}

/** The columns `from` to `to` (excluded) of a matrix, copied. */
export function columns(matrix: Matrix, from: number, to: number): Matrix<Float64Array> {
  const width = to - from;
  const data = new Float64Array(matrix.rows * width);
  for (let r = 0; r < matrix.rows; r++) data.set(row(matrix, r).subarray(from, to), r * width);
  return { rows: matrix.rows, columns: width, data };
}

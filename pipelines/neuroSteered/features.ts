import {
  butterworth,
  type PreprocessingOptions,
  resampleToRate,
  sosFilter,
  sosSteadyState,
  zeroPhaseFilter,
} from "../../src/index.ts";

/** Brings features to the EEG's sampling times and into the band of the decoder. */
export interface FeatureBand {
  /** Band-passes one channel or feature at the decoder's rate. */
  filter(samples: Float64Array): Float64Array;
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
    filter,
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

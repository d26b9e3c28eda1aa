import {
  butterworth,
  type FilterDesign,
  type Filtering,
  filterSignal,
  firDesign,
  type PreprocessingOptions,
  type PreprocessStep,
  resampleToRate,
} from "../../src/index.ts";

/** Times of EEG samples, in seconds after the trial's onset. */
export interface EegTimes {
  readonly rateHz: number;
  readonly startSeconds: number;
  readonly samples: number;
}

/** Features of one or more sources at the EEG's times, and what filtering did to their time. */
export interface AlignedFeatures {
  /** [features][samples] */
  readonly rows: Float64Array[];
  readonly filtering: Filtering;
}

/** Where the delay of a causal band-pass is stated: the middle of its band, on a logarithmic scale. */
export function bandCentreHz({ lowHz, highHz }: PreprocessingOptions): number {
  return Math.sqrt(lowHz * highHz);
}

/** The band-pass as a step of a preprocessing, at the decoder's rate. */
export function bandStep(options: PreprocessingOptions): PreprocessStep {
  const { lowHz, highHz, phase } = options;
  return options.filter === "fir"
    ? { step: "fir", type: "bandpass", lowHz, highHz, phase, taps: firTaps(options) }
    : { step: "butterworth", type: "bandpass", order: options.filterOrder, lowHz, highHz, phase };
}

/**
 * Reads features at the EEG's sampling times, by time stamps, and gives them the band-pass that the EEG went through, so that both
 * have the same phase.
 *
 * @param rows [features][values] at `rateHz`, the first value at time 0
 */
export function alignFeatures(
  rows: readonly Float64Array[],
  rateHz: number,
  times: EegTimes,
  options: PreprocessingOptions,
): AlignedFeatures {
  const channels = rows.map((values) => resampleToRate(values, { rateHz, startSeconds: 0 }, times));
  const { signal, filtering } = filterSignal({ rateHz: times.rateHz, channels }, bandDesign(options), {
    phase: options.phase,
    delayAtHz: bandCentreHz(options),
  });
  return { rows: [...signal.channels], filtering };
}

/** The band-pass at the decoder's rate. */
export function bandDesign(options: PreprocessingOptions): FilterDesign {
  const { lowHz, highHz, rateHz, filterOrder: order } = options;
  if (options.filter === "fir") {
    return { taps: firDesign({ type: "bandpass", lowHz, highHz, rateHz, taps: firTaps(options) }) };
  }
  return { sections: butterworth({ type: "bandpass", order, lowHz, highHz, rateHz }) };
}

/** As many taps as make the transition of a Hamming window as wide as the lower edge, odd. */
function firTaps({ rateHz, lowHz }: PreprocessingOptions): number {
  return 2 * Math.ceil((3.3 * rateHz) / lowHz / 2) + 1;
}

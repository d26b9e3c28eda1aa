/**
 * Channels that share one sampling rate, [channels, samples]; every channel has the same length.
 * Audio is in full-scale units (1 = 0 dBFS); EEG is in the unit stated beside it.
 */
export interface Signal {
  readonly rateHz: number;
  readonly channels: readonly Float64Array[];
}

/** A piece of a longer signal: the unit that streams carry. */
export interface Block extends Signal {
  /** Number of the block's first sample, counted from the start of the recording, at the block's own rate. */
  readonly startSample: number;
}

/** Number of samples in each channel; 0 if there is no channel. */
export function sampleCount(signal: Signal): number {
  return signal.channels[0]?.length ?? 0;
}

/**
 * The mean of all channels.
 *
 * @param signal [channels, samples]
 * @returns [samples]
 */
export function toMono(signal: Signal): Float64Array {
  const mono = new Float64Array(sampleCount(signal));
  for (const channel of signal.channels) for (let i = 0; i < mono.length; i++) mono[i]! += channel[i]!;
  for (let i = 0; i < mono.length; i++) mono[i]! /= signal.channels.length;
  return mono;
}

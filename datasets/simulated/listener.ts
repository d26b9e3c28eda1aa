import type { Random } from "../../src/index.ts";
import { bandCount } from "./auditoryFeatures.ts";
import { electrodes, scalpHill } from "./electrodes.ts";

/** How one simulated subject's EEG answers to sound: a kernel and a scalp pattern for each frequency band. */
export interface Listener {
  readonly rateHz: number;
  /** [bands][taps], 0 to 400 ms; a unit of the feature makes this time course. */
  readonly kernels: readonly Float64Array[];
  /** [bands][channels], the largest magnitude is 1. */
  readonly patterns: readonly Float64Array[];
}

/** How long a response lasts. */
export const kernelSeconds = 0.4;

// Latency, width and height of the deflections after a sound's onset: P1, N1, P2 and a late slow one.
const deflections = [
  { seconds: 0.05, width: 0.013, height: 0.55 },
  { seconds: 0.1, width: 0.02, height: -1 },
  { seconds: 0.18, width: 0.032, height: 0.8 },
  { seconds: 0.28, width: 0.045, height: -0.3 },
];

/**
 * Draws a subject. Latencies vary by 6 % and heights by 15 % between subjects (standard deviation), low bands answer up
 * to 12 ms later than high ones, and each band has its own place about the front and centre of the scalp with an
 * opposite, weaker pole at the back.
 *
 * @param random seeded numbers of the subject
 * @param rateHz EEG sampling rate
 */
export function createListener(random: Random, rateHz: number): Listener {
  const pace = 1 + 0.06 * random.normal();
  const heights = deflections.map(({ height }) => height * (1 + 0.15 * random.normal()));
  const kernels = Array.from({ length: bandCount }, (_, band) => {
    const late = 0.012 * (1 - band / (bandCount - 1)) + 0.003 * random.normal();
    const shape = deflections.map(({ seconds, width }, d) => ({
      at: pace * seconds + late,
      width: width * (1 + 0.1 * random.normal()),
      height: heights[d]! * (1 + 0.15 * random.normal()),
    }));
    return Float64Array.from({ length: Math.round(kernelSeconds * rateHz) }, (_, tap) => {
      const t = tap / rateHz;
      const taper = Math.min(1, t / 0.02, (kernelSeconds - t) / 0.05);
      return taper * shape.reduce((sum, s) => sum + s.height * Math.exp(-0.5 * ((t - s.at) / s.width) ** 2), 0);
    });
  });
  const patterns = Array.from({ length: bandCount }, (_, band) => {
    const angle = (2 * Math.PI * band) / bandCount + 0.3 * random.normal();
    const front = { x: 0.55 * Math.cos(angle), y: 0.3 + 0.4 * Math.sin(angle), z: 0.85 };
    const back = { x: -0.3 * Math.cos(angle), y: -0.9, z: 0.2 };
    const hill = scalpHill(front, 0.5 + 0.05 * random.normal());
    const valley = scalpHill(back, 0.7);
    const pattern = hill.map((value, c) => value - 0.45 * valley[c]!);
    const largest = pattern.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return pattern.map((value) => value / largest);
  });
  return { rateHz, kernels, patterns };
}

/**
 * Adds a listener's answer to one source to a recording: each band's feature, convolved with its kernel, on its pattern.
 * Changes `recording`; what would fall past its end is dropped.
 *
 * @param recording [channels][samples]
 * @param listener the subject
 * @param features [bands][eegSamples], see auditoryFeatures
 * @param options where the source starts, and how strongly it is answered (1: attended)
 */
export function addResponse(
  recording: readonly Float64Array[],
  listener: Listener,
  features: readonly Float64Array[],
  options: { startSample: number; gain: number },
): void {
  const { startSample, gain } = options;
  listener.kernels.forEach((kernel, band) => {
    const feature = features[band]!;
    const length = Math.min(feature.length + kernel.length - 1, recording[0]!.length - startSample);
    const course = new Float64Array(feature.length + kernel.length - 1);
    for (let n = 0; n < feature.length; n++) {
      const value = gain * feature[n]!;
      for (let tap = 0; tap < kernel.length; tap++) course[n + tap]! += value * kernel[tap]!;
    }
    electrodes.forEach((_, c) => {
      const channel = recording[c]!;
      const weight = listener.patterns[band]![c]!;
      for (let n = 0; n < length; n++) channel[startSample + n]! += weight * course[n]!;
    });
  });
}

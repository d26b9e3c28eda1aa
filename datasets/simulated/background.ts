import type { Random } from "../../src/index.ts";
import { applyBiquad, designBiquad } from "./biquad.ts";
import { electrodes, scalpHill } from "./electrodes.ts";

/** The parts of the EEG that have nothing to do with the sound, each [channels][samples] in microvolts. */
export interface Background {
  /** Ongoing activity: power falls as 1/f, neighbouring electrodes alike. */
  readonly noise: readonly Float64Array[];
  /** Bursts of about 10 Hz at the back of the head. */
  readonly alpha: readonly Float64Array[];
  /** Eye blinks, strongest at the front. */
  readonly blinks: readonly Float64Array[];
  /** Slow electrode drift. */
  readonly drift: readonly Float64Array[];
  /** 50 Hz mains hum. */
  readonly line: readonly Float64Array[];
}

/**
 * Draws the background of one recording. Sizes at rest: noise 9 uV and alpha 7 uV (where strongest) root mean square,
 * blinks up to 70 uV at the front about every 5 s, drift 15 uV, hum 1 to 2 uV.
 *
 * @param random seeded numbers of the subject
 * @param rateHz EEG sampling rate, above 100 Hz
 * @param samples length of the recording
 */
export function createBackground(random: Random, rateHz: number, samples: number): Background {
  return {
    noise: createNoise(random.fork("noise"), samples),
    alpha: createAlpha(random.fork("alpha"), rateHz, samples),
    blinks: createBlinks(random.fork("blinks"), rateHz, samples),
    drift: createDrift(random.fork("drift"), rateHz, samples),
    line: createLine(random.fork("line"), rateHz, samples),
  };
}

/** 1/f noise whose correlation between electrodes falls with their distance. */
function createNoise(random: Random, samples: number): Float64Array[] {
  const mixing = choleskyOfDistances(0.55, 0.15);
  const latent = electrodes.map(() => pinkNoise(random, samples, 9));
  return electrodes.map((_, c) => {
    const channel = new Float64Array(samples);
    for (let k = 0; k <= c; k++) addScaled(channel, latent[k]!, mixing[c]![k]!);
    return channel;
  });
}

/**
 * Noise with a power spectrum of 1/f: white noise through the filter of Kellet (musicdsp.org, 1999), which is within
 * 0.05 dB from 0.0002 of the rate up.
 */
function pinkNoise(random: Random, samples: number, level: number): Float64Array {
  const out = new Float64Array(samples);
  const poles = [0.99886, 0.99332, 0.969, 0.8665, 0.55, -0.7616];
  const inputs = [0.0555179, 0.0750759, 0.153852, 0.3104856, 0.5329522, -0.016898];
  const state = new Float64Array(6);
  let delayed = 0;
  for (let i = -warmUp; i < samples; i++) {
    const white = random.normal();
    let sum = delayed + 0.5362 * white;
    for (let p = 0; p < 6; p++) sum += state[p] = poles[p]! * state[p]! + inputs[p]! * white;
    delayed = 0.115926 * white;
    if (i >= 0) out[i] = (sum * level) / kelletRootMeanSquare;
  }
  return out;
}

/** Root mean square of the filter's output for unit white noise: root of the sum of its squared impulse response. */
const kelletRootMeanSquare = 3.0525275463;

/** Samples after which the filter has forgotten that it started from rest. */
const warmUp = 4096;

function createAlpha(random: Random, rateHz: number, samples: number): Float64Array[] {
  const hertz = 9.5 + 1.5 * random.uniform();
  const places = [
    { x: -0.35, y: -0.85, z: 0.4 },
    { x: 0.35, y: -0.85, z: 0.4 },
  ];
  const channels = electrodes.map(() => new Float64Array(samples));
  for (const place of places) {
    const white = Float64Array.from({ length: samples }, () => random.normal());
    const wave = applyBiquad(designBiquad("band-pass", hertz, rateHz, 10), white);
    const slow = applyBiquad(
      designBiquad("low-pass", 0.4, rateHz),
      white.map(() => random.normal()),
    );
    const slowLevel = rootMeanSquare(slow);
    const burst = wave.map((value, i) => value * Math.max(0, 0.4 + slow[i]! / slowLevel));
    const pattern = scalpHill(place, 0.55);
    const level = 6 / rootMeanSquare(burst);
    channels.forEach((channel, c) => {
      addScaled(channel, burst, level * pattern[c]!);
    });
  }
  return channels;
}

function createBlinks(random: Random, rateHz: number, samples: number): Float64Array[] {
  const course = new Float64Array(samples);
  const rise = 0.07 * rateHz;
  for (let t = 1 + 4 * random.uniform(); t * rateHz < samples; t += 1.5 - 3.5 * Math.log(1 - random.uniform())) {
    const height = 70 * (0.7 + 0.3 * random.uniform());
    const start = Math.round(t * rateHz);
    const length = Math.round((0.25 + 0.1 * random.uniform()) * rateHz);
    for (let i = 0; i < length && start + i < samples; i++) {
      const up = Math.sin((Math.PI / 2) * Math.min(1, i / rise)) ** 2;
      const down = i < rise ? 1 : Math.cos((Math.PI / 2) * ((i - rise) / (length - rise))) ** 2;
      course[start + i]! += height * up * down;
    }
  }
  // The eyes lie below the front electrodes; scaled so that the nearest of them (F3, F4) see the full height.
  const hills = [scalpHill({ x: -0.4, y: 1, z: -0.2 }, 0.6), scalpHill({ x: 0.4, y: 1, z: -0.2 }, 0.6)];
  const pattern = hills[0]!.map((value, c) => value + hills[1]![c]!);
  const most = pattern.reduce((highest, value) => Math.max(highest, value), 0);
  return electrodes.map((_, c) => course.map((value) => (value * pattern[c]!) / most));
}

function createDrift(random: Random, rateHz: number, samples: number): Float64Array[] {
  return electrodes.map(() => {
    const waves = Array.from({ length: 3 }, () => ({
      hertz: 1 / (20 + 80 * random.uniform()),
      phase: 2 * Math.PI * random.uniform(),
      level: 12 * (0.5 + random.uniform()),
    }));
    return Float64Array.from({ length: samples }, (_, i) =>
      waves.reduce((sum, w) => sum + w.level * Math.sin((2 * Math.PI * w.hertz * i) / rateHz + w.phase), 0),
    );
  });
}

function createLine(random: Random, rateHz: number, samples: number): Float64Array[] {
  return electrodes.map(() => {
    const level = Math.SQRT2 * (1 + random.uniform());
    const phase = 0.5 * random.normal();
    return Float64Array.from({ length: samples }, (_, i) => level * Math.sin((2 * Math.PI * 50 * i) / rateHz + phase));
  });
}

/**
 * Cholesky factor of a covariance exp(-d^2 / (2 width^2)) between electrodes, with `own` of each variance uncorrelated.
 */
function choleskyOfDistances(width: number, own: number): number[][] {
  const factor: number[][] = electrodes.map(() => new Array<number>(electrodes.length).fill(0));
  electrodes.forEach((electrode, r) => {
    const covariance = scalpHill(electrode, width);
    for (let c = 0; c <= r; c++) {
      let rest = r === c ? 1 : (1 - own) * covariance[c]!;
      for (let k = 0; k < c; k++) rest -= factor[r]![k]! * factor[c]![k]!;
      factor[r]![c] = r === c ? Math.sqrt(rest) : rest / factor[c]![c]!;
    }
  });
  return factor;
}

function addScaled(into: Float64Array, from: Float64Array, factor: number): void {
  for (let i = 0; i < into.length; i++) into[i]! += factor * from[i]!;
}

function rootMeanSquare(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

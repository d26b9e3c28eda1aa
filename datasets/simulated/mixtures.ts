import type { Random } from "../../src/index.ts";
import { renderPart } from "./instruments.ts";
import { composeMusic, composePart, type InstrumentName, type Music, type Note } from "./score.ts";

/** One source of a mixture. */
export interface Stem {
  readonly source: InstrumentName;
  readonly notes: readonly Note[];
  /** Factor from the part at a root mean square of 1 to the samples below. */
  readonly gain: number;
  /** What the file holds: 32-bit values at full scale 1. */
  readonly samples: Float32Array;
}

/** A piece of music and its sources. */
export interface Mixture {
  /** `mixture-01` .. */
  readonly name: string;
  readonly music: Music;
  readonly stems: readonly Stem[];
  /** Sum of the stems, each sample rounded once to 32 bits. */
  readonly samples: Float32Array;
}

const trios: readonly InstrumentName[][] = [
  ["guitar", "oboe", "drums"],
  ["oboe", "bass", "drums"],
  ["guitar", "oboe", "bass"],
  ["guitar", "bass", "drums"],
];
const duos: readonly InstrumentName[][] = [
  ["guitar", "bass"],
  ["oboe", "drums"],
  ["guitar", "oboe"],
  ["bass", "drums"],
  ["oboe", "bass"],
  ["guitar", "drums"],
];
const peak = 0.8;
const noiseDb = -60;

/**
 * Which instruments play in each mixture, such that presenting every mixture once per source makes exactly `trials`
 * presentations: as many mixtures of three as fit, the rest of two (8 = 3 + 3 + 2).
 *
 * @param trials presentations per subject, at least 2
 */
export function planMixtures(trials: number): InstrumentName[][] {
  const duoCount = (3 - (trials % 3)) % 3;
  const trioCount = (trials - 2 * duoCount) / 3;
  return [
    ...Array.from({ length: trioCount }, (_, i) => trios[i % trios.length]!),
    ...Array.from({ length: duoCount }, (_, i) => duos[(Math.floor(trioCount / trios.length) + i) % duos.length]!),
  ];
}

/**
 * Composes and renders one mixture. Each source has a noise floor 60 dB below its own level. The sources are about
 * equally loud (root mean square within 2 dB of each other); a common factor puts the highest peak of mixture and sources
 * at 0.8.
 *
 * @param name `mixture-01` ..
 * @param instruments its sources
 * @param options length, rate and seeded numbers
 */
export function makeMixture(
  name: string,
  instruments: readonly InstrumentName[],
  options: { durationSeconds: number; rateHz: number; random: Random },
): Mixture {
  const { durationSeconds, rateHz, random } = options;
  const samples = Math.round(durationSeconds * rateHz);
  const music = composeMusic(random.fork("music"), durationSeconds);
  const parts = instruments.map((source) => {
    const notes = composePart(source, music, random.fork(source));
    const sound = renderPart(source, notes, { rateHz, samples, random: random.fork(`${source}-sound`) });
    addNoise(sound, random.fork(`${source}-noise`));
    const level = 10 ** ((2 * random.fork(`${source}-level`).uniform() - 1) / 20);
    return { source, notes, sound, factor: level / rootMeanSquare(sound), level };
  });
  const common = peak / highestPeak(parts);
  const stems = parts.map(({ source, notes, sound, factor, level }) => ({
    source,
    notes,
    gain: common * level,
    samples: Float32Array.from(sound, (value) => common * factor * value),
  }));
  const sum = Float32Array.from({ length: samples }, (_, i) => stems.reduce((total, s) => total + s.samples[i]!, 0));
  return { name, music, stems, samples: sum };
}

/**
 * Adds white noise to a part. Recordings have a noise floor; without one a bass has nothing at all above its harmonics, and
 * the delayed copies of it that BSS Eval projects on are linearly dependent.
 */
function addNoise(sound: Float64Array, random: Random): void {
  const level = rootMeanSquare(sound) * 10 ** (noiseDb / 20) * Math.sqrt(12);
  for (let i = 0; i < sound.length; i++) sound[i]! += level * (random.uniform() - 0.5);
}

/** Highest absolute value of any part and of their sum, each part at its factor. */
function highestPeak(parts: readonly { sound: Float64Array; factor: number }[]): number {
  let highest = 0;
  for (let i = 0; i < parts[0]!.sound.length; i++) {
    let sum = 0;
    for (const { sound, factor } of parts) {
      const value = factor * sound[i]!;
      highest = Math.max(highest, Math.abs(value));
      sum += value;
    }
    highest = Math.max(highest, Math.abs(sum));
  }
  return highest;
}

function rootMeanSquare(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

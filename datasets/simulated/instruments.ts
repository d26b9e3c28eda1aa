import type { Random } from "../../src/index.ts";
import type { InstrumentName, Note } from "./score.ts";

/** Frequency of a MIDI note number, A4 (69) = 440 Hz. */
export function midiToHz(pitch: number): number {
  return 440 * 2 ** ((pitch - 69) / 12);
}

/**
 * Plays the notes of one instrument.
 *
 * @param instrument which sound
 * @param notes what to play; sound past the last sample is cut
 * @param options rate, length and seeded numbers (for plucks, noise and vibrato)
 * @returns [samples], not normalised
 */
export function renderPart(
  instrument: InstrumentName,
  notes: readonly Note[],
  options: { rateHz: number; samples: number; random: Random },
): Float64Array {
  const { rateHz, samples, random } = options;
  const out = new Float64Array(samples);
  notes.forEach((note, index) => {
    const sound = voices[instrument](note, rateHz, random.fork(`note-${index}`));
    const start = Math.round(note.onsetSeconds * rateHz);
    const end = Math.min(sound.length, samples - start);
    for (let i = 0; i < end; i++) out[start + i]! += note.velocity * sound[i]!;
  });
  return out;
}

type Voice = (note: Note, rateHz: number, random: Random) => Float64Array;

/**
 * Plucked string: Karplus & Strong 1983 with the extensions of Jaffe & Smith 1983. A noise burst runs through a loop of
 * a delay line, a two-point average (half a sample) and an all-pass that supplies the fraction of a sample the period
 * needs; a loop gain sets the decay (60 dB in 3 s at most).
 */
const pluck: Voice = (note, rateHz, random) => {
  const frequency = midiToHz(note.pitch);
  const period = rateHz / frequency;
  const length = Math.floor(period - 0.6);
  const fraction = period - 0.5 - length;
  const allPass = (1 - fraction) / (1 + fraction);
  const gain = 10 ** (-3 / (frequency * 3));
  const line = pluckedNoise(length, 0.25 + 0.6 * note.velocity, random);
  const samples = Math.round((note.durationSeconds + releaseSeconds) * rateHz);
  const out = new Float64Array(samples);
  let previous = 0;
  let allPassIn = 0;
  let allPassOut = 0;
  for (let i = 0, position = 0; i < samples; i++) {
    const value = line[position]!;
    out[i] = value;
    const averaged = gain * 0.5 * (value + previous);
    previous = value;
    allPassOut = allPass * (averaged - allPassOut) + allPassIn;
    allPassIn = averaged;
    line[position] = allPassOut;
    position = position + 1 === length ? 0 : position + 1;
  }
  return release(out, note.durationSeconds, rateHz);
};

/** Noise of zero mean, the duller the softer the string is plucked (`brightness` 0 to 1). */
function pluckedNoise(length: number, brightness: number, random: Random): Float64Array {
  const noise = Float64Array.from({ length }, () => 2 * random.uniform() - 1);
  let state = 0;
  for (let i = 0; i < length; i++) noise[i] = state += brightness * (noise[i]! - state);
  const mean = noise.reduce((sum, value) => sum + value, 0) / length;
  return noise.map((value) => value - mean);
}

/** Double reed: harmonics under two formants, an accent at the start, a vibrato (5 to 6 Hz, 0.5 %) that fades in. */
const reed: Voice = (note, rateHz, random) => {
  const frequency = midiToHz(note.pitch);
  const vibratoHz = 5 + random.uniform();
  const vibratoPhase = 2 * Math.PI * random.uniform();
  const count = Math.min(16, Math.floor((0.45 * rateHz) / frequency));
  const levels = Float64Array.from({ length: count }, (_, i) => {
    const hertz = (i + 1) * frequency;
    return 0.3 / (1 + (hertz / 900) ** 2) + bump(hertz, 1100, 450) + 0.35 * bump(hertz, 2900, 600);
  });
  const samples = Math.round((note.durationSeconds + releaseSeconds) * rateHz);
  const out = new Float64Array(samples);
  let phase = 0;
  for (let i = 0; i < samples; i++) {
    const t = i / rateHz;
    const depth = 0.005 * Math.min(1, t / 0.4);
    phase += (2 * Math.PI * frequency * (1 + depth * Math.sin(2 * Math.PI * vibratoHz * t + vibratoPhase))) / rateHz;
    const attack = t < 0.05 ? Math.sin((Math.PI / 2) * (t / 0.05)) ** 2 : 1;
    const accent = 0.45 + 0.55 * Math.exp(-t / 0.25);
    out[i] = attack * accent * harmonics(phase, levels);
  }
  return release(out, note.durationSeconds, rateHz);
};

/** Bass string: harmonics that die away, the high ones first. */
const bassString: Voice = (note, rateHz) => {
  const frequency = midiToHz(note.pitch);
  const count = Math.min(14, Math.floor((0.45 * rateHz) / frequency));
  const levels = Float64Array.from({ length: count }, (_, i) => (i === 1 ? 0.8 : 1 / (i + 1)));
  const decays = levels.map((_, i) => Math.exp(-(0.8 + 0.7 * i) / rateHz));
  const samples = Math.round((note.durationSeconds + releaseSeconds) * rateHz);
  const out = new Float64Array(samples);
  for (let i = 0; i < samples; i++) {
    const attack = Math.min(1, i / (0.012 * rateHz));
    out[i] = attack * harmonics((2 * Math.PI * frequency * i) / rateHz, levels);
    for (let h = 0; h < count; h++) levels[h]! *= decays[h]!;
  }
  return release(out, note.durationSeconds, rateHz);
};

/** Kick: a sine that falls from 150 to 50 Hz. Snare: noise and a 185 Hz skin. Hi-hat: short noise without its lows. */
const drum: Voice = (note, rateHz, random) => {
  const out = new Float64Array(Math.round(0.35 * rateHz));
  let phase = 0;
  let low = 0;
  let lowest = 0;
  for (let i = 0; i < out.length; i++) {
    const t = i / rateHz;
    const fadeOut = Math.min(1, (out.length - i) / (0.02 * rateHz));
    const noise = 2 * random.uniform() - 1;
    if (note.pitch === 36) {
      phase += (2 * Math.PI * (50 + 100 * Math.exp(-t / 0.03))) / rateHz;
      out[i] = fadeOut * (1.1 * Math.sin(phase) * Math.exp(-t / 0.11) + 0.25 * noise * Math.exp(-t / 0.004));
    } else if (note.pitch === 38) {
      low += 0.75 * (noise - low);
      lowest += 0.12 * (low - lowest);
      const skin = 0.5 * Math.sin(2 * Math.PI * 185 * t) * Math.exp(-t / 0.06);
      out[i] = fadeOut * (0.9 * (low - lowest) * Math.exp(-t / 0.08) + skin);
    } else {
      low += 0.55 * (noise - low);
      out[i] = fadeOut * 0.6 * (noise - low) * Math.exp(-t / 0.045);
    }
  }
  return out;
};

const voices: Record<InstrumentName, Voice> = { guitar: pluck, oboe: reed, bass: bassString, drums: drum };
const releaseSeconds = 0.06;

/** Sum of sines of the multiples of a phase, by the recurrence sin(n x) = 2 cos(x) sin((n-1) x) - sin((n-2) x). */
function harmonics(phase: number, levels: Float64Array): number {
  const twice = 2 * Math.cos(phase);
  let before = 0;
  let sine = Math.sin(phase);
  let sum = 0;
  for (let h = 0; h < levels.length; h++) {
    sum += levels[h]! * sine;
    [before, sine] = [sine, twice * sine - before];
  }
  return sum;
}

function bump(hertz: number, centerHz: number, widthHz: number): number {
  return Math.exp(-0.5 * ((hertz - centerHz) / widthHz) ** 2);
}

/** Fades a note out after its written length. Changes `sound`. */
function release(sound: Float64Array, durationSeconds: number, rateHz: number): Float64Array {
  const start = Math.round(durationSeconds * rateHz);
  const length = sound.length - start;
  for (let i = start; i < sound.length; i++) sound[i]! *= 0.5 + 0.5 * Math.cos((Math.PI * (i - start + 1)) / length);
  return sound;
}

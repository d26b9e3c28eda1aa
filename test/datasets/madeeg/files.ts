import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import h5wasm, { type Group } from "h5wasm/node";
import { stringify } from "yaml";
import { encodeWav } from "../../../src/index.ts";

await h5wasm.ready;

/** The 20 channels of the preprocessed release. */
export const eegNames = "F3 F1 Fz F2 F4 C3 C1 Cz C2 C4 CPz P3 P1 Pz P2 P4 POz O1 Oz O2".split(" ");

export const audioRateHz = 44100;
export const eegRateHz = 256;

/** EEG sample of a channel: tells where it is from. */
export const eegValue = (row: number, sample: number) => row * 1e5 + sample;

const pitches: Readonly<Record<string, number>> = { Co: 220, Fl: 440, Ob: 330, Vx: 262, Gt: 392, Bs: 110, Dr: 165 };

/** The isolated source of an instrument: a sine of its own. */
export const source = (instrument: string, samples: number) =>
  Float64Array.from(
    { length: samples },
    (_, i) => 0.3 * Math.sin((2 * Math.PI * pitches[instrument]! * i) / audioRateHz),
  );

/** A preprocessed trial as the corpus describes it. */
export interface TrialFields {
  genre: string;
  song: string;
  ensemble: string;
  instruments: string[];
  theme: string;
  spatial: string;
  target: string;
  eeg_info: { ch_names: string[]; nchan: number; sfreq: number };
  wav_info: { sfreq: number; gains: number[]; panning: number[] };
}

export interface TrialArrays {
  response: { rows: number; samples: number };
  /** [rows][samples] */
  soli: Float64Array[];
  stimulus: Float64Array[];
}

export interface Trial {
  fields: TrialFields;
  arrays: TrialArrays;
}

/** One second of a trial, named by its key, and all consistent. */
export function trialOf(key: string): Trial {
  const [genre, song, ensemble, codes, theme, spatial, target] = key.split("_") as string[];
  const instruments = codes!.match(/../g)!;
  const gains = instruments.map((_, i) => [0.8, 1, 0.6][i]!);
  const panning = instruments.map((_, i) => [0.2, 0.8, 0.5][i]!);
  const samples = audioRateHz;
  const sources = instruments.map((instrument) => source(instrument, samples));
  const mixed = (weight: (s: number) => number) =>
    Float64Array.from({ length: samples }, (_, i) => sources.reduce((sum, own, s) => sum + weight(s) * own[i]!, 0));
  return {
    fields: {
      genre: genre!,
      song: song!,
      ensemble: ensemble!,
      instruments,
      theme: theme!,
      spatial: spatial!,
      target: target!,
      eeg_info: { ch_names: [...eegNames], nchan: 20, sfreq: eegRateHz },
      wav_info: { sfreq: audioRateHz, gains, panning },
    },
    arrays: {
      response: { rows: 20, samples: eegRateHz + 1 },
      soli: [0, 1, 2].map((s) => sources[s] ?? new Float64Array(samples)),
      stimulus: [mixed((s) => gains[s]! * panning[s]!), mixed((s) => gains[s]! * (1 - panning[s]!))],
    },
  };
}

export type Corpus = Record<string, Record<string, Trial>>;

/** Writes the preprocessed release; `edit` may contradict it first. */
export function writePreprocessed(folder: string, corpus: Corpus): { data: string; metadata: string } {
  const data = join(folder, "preprocessed/madeeg_preprocessed.hdf5");
  const metadata = join(folder, "preprocessed/madeeg_preprocessed.yaml");
  mkdirSync(dirname(data), { recursive: true });
  const file = new h5wasm.File(data, "w");
  for (const [subject, trials] of Object.entries(corpus)) {
    const group = file.create_group(subject);
    for (const [key, { arrays }] of Object.entries(trials)) {
      const { rows, samples } = arrays.response;
      const own = group.create_group(key);
      writeArray(own, "response", eegRows(rows, samples));
      writeArray(own, "soli", arrays.soli);
      writeArray(own, "stimulus", arrays.stimulus);
    }
  }
  file.close();
  writeFileSync(
    metadata,
    stringify(
      Object.fromEntries(
        Object.entries(corpus).map(([subject, trials]) => [
          subject,
          Object.fromEntries(Object.entries(trials).map(([key, { fields }]) => [key, fields])),
        ]),
      ),
    ),
  );
  return { data, metadata };
}

function eegRows(rows: number, samples: number): Float64Array[] {
  return Array.from({ length: rows }, (_, r) => Float64Array.from({ length: samples }, (_, i) => eegValue(r, i)));
}

function writeArray(group: Group, name: string, rows: readonly Float64Array[]): void {
  const samples = rows[0]!.length;
  const data = new Float64Array(rows.length * samples);
  rows.forEach((row, r) => {
    data.set(row, r * samples);
  });
  // packed, as a corpus of this size is
  const chunks = [1, Math.min(samples, 16384)];
  group.create_dataset({ name, data, shape: [rows.length, samples], chunks, compression: 1 });
}

/** Channels of the raw release: names that tell the wrong type, and the kinds that tell the right one. */
export const rawChannels: readonly { ch_name: string; kind: number }[] = [
  { ch_name: "AUX1", kind: 402 },
  ...eegNames.map((ch_name) => ({ ch_name, kind: 2 })),
  { ch_name: "ECG", kind: 502 },
  { ch_name: "AUX3", kind: 202 },
  ...[1, 2, 3, 4, 5, 6].map((n) => ({ ch_name: `X${n}`, kind: 502 })),
  { ch_name: "TRIG", kind: 3 },
];

/** What was presented to a subject: key and onsets of its repetitions, in samples. */
export interface Presentation {
  n_ech: unknown[];
  wav_files: unknown[];
}

export interface RawSubject {
  samples: number;
  channels: readonly { ch_name: string; kind: number }[];
  bads: string[];
  sequence: Record<string, Presentation>;
}

/** Four repetitions of a quarter of a second each, half a second apart. */
export function presentation(key: string, firstOnset: number): Presentation {
  const mixture = /_solo_/.test(key) ? key : key.replace(/_[A-Z][a-z]$/, "");
  return {
    n_ech: [0, 1, 2, 3].map((r) => firstOnset + (r * eegRateHz) / 2),
    wav_files: [1, 2, 3, 4].map((r) => `${mixture}_${r}.wav`),
  };
}

/** A subject of 20 s to whom these stimuli were presented, 2 s each. */
export function rawSubject(...keys: string[]): RawSubject {
  return {
    samples: 20 * eegRateHz,
    channels: rawChannels,
    bads: ["Fz"],
    sequence: Object.fromEntries(keys.map((key, k) => [key, presentation(key, 100 + 2 * eegRateHz * k)])),
  };
}

/** Writes the raw release with every stimulus that is named; of mixtures, half the sum of its sources. */
export function writeRaw(folder: string, corpus: Record<string, RawSubject>): { data: string; stimuli: string } {
  const place = join(folder, "raw");
  const stimuli = join(place, "stimuli");
  mkdirSync(stimuli, { recursive: true });
  const data = join(place, "madeeg_raw.hdf5");
  const file = new h5wasm.File(data, "w");
  for (const [subject, { channels, samples }] of Object.entries(corpus)) {
    writeArray(file, subject, eegRows(channels.length, samples));
  }
  file.close();
  const part = audioRateHz / 4;
  for (const { sequence } of Object.values(corpus)) {
    for (const name of Object.values(sequence).flatMap(({ wav_files }) => wav_files)) {
      if (typeof name !== "string" || name.includes("/")) continue;
      const instruments = name.split("_")[3]!.match(/../g)!;
      const gains = instruments.length === 1 ? [1] : [0.8, 1, 0.6];
      const start = (Number(/_(\d)\.wav$/.exec(name)![1]) - 1) * part;
      const sound = new Float64Array(part);
      for (const [s, instrument] of instruments.entries()) {
        const own = source(instrument, start + part);
        for (let i = 0; i < part; i++) sound[i]! += (gains[s]! * own[start + i]!) / 2;
      }
      writeFileSync(join(stimuli, name), encodeWav({ rateHz: audioRateHz, channels: [sound] }));
    }
  }
  const info = Object.entries(corpus).map(([subject, { channels, bads }]) => [
    subject,
    { sfreq: eegRateHz, nchan: channels.length, ch_names: channels.map(({ ch_name }) => ch_name), chs: channels, bads },
  ]);
  writeFileSync(join(place, "madeeg_raw.yaml"), stringify(Object.fromEntries(info)));
  const sequences = Object.entries(corpus).map(([subject, { sequence }]) => [subject, sequence]);
  writeFileSync(join(place, "madeeg_sequences_raw.yaml"), stringify(Object.fromEntries(sequences)));
  return { data, stimuli };
}

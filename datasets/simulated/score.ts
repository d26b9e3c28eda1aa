import type { Random } from "../../src/index.ts";

/** The instruments a simulated mixture is made of. */
export type InstrumentName = "guitar" | "oboe" | "bass" | "drums";

/** One note of one instrument. */
export interface Note {
  readonly onsetSeconds: number;
  readonly durationSeconds: number;
  /** MIDI note number; for the drums the General MIDI percussion key: 36 kick, 38 snare, 42 hi-hat. */
  readonly pitch: number;
  /** Loudness, above 0 and at most 1. */
  readonly velocity: number;
}

/** What all instruments of one mixture share. */
export interface Music {
  readonly tempoBpm: number;
  /** MIDI number of the key's root, 48 (C3) to 59 (B3). */
  readonly root: number;
  readonly mode: "major" | "minor";
  /** Degree of the scale (from 0) on which the chord of each bar stands; repeats after the last. */
  readonly chords: readonly number[];
  readonly durationSeconds: number;
}

const scales = { major: [0, 2, 4, 5, 7, 9, 11], minor: [0, 2, 3, 5, 7, 8, 10] };
const progressions = [
  [0, 5, 3, 4],
  [0, 3, 4, 3],
  [0, 4, 5, 3],
  [0, 2, 3, 4],
];
const beatsPerBar = 4;
const fewestNotes = 3;

/**
 * Draws key, tempo and chords of a piece: 84 to 126 beats a minute, four beats a bar, a chord a bar.
 *
 * @param random seeded numbers
 * @param durationSeconds length of the piece
 */
export function composeMusic(random: Random, durationSeconds: number): Music {
  return {
    tempoBpm: 84 + random.below(43),
    root: 48 + random.below(12),
    mode: random.uniform() < 0.5 ? "major" : "minor",
    chords: progressions[random.below(progressions.length)]!,
    durationSeconds,
  };
}

/**
 * Writes the part of one instrument: rhythm, rests and dynamics of its own over the piece's chords. Notes begin inside
 * the piece and are cut at its end; there are at least three.
 *
 * @param instrument who plays
 * @param music key, tempo and chords
 * @param random seeded numbers
 * @returns notes in order of their onsets
 */
export function composePart(instrument: InstrumentName, music: Music, random: Random): Note[] {
  for (let attempt = 0; ; attempt++) {
    const notes = parts[instrument](music, random.fork(`part-${attempt}`))
      .map((note) => clip(note, music.durationSeconds))
      .filter((note) => note.durationSeconds > 0.05);
    if (notes.length >= fewestNotes) return notes.sort((a, b) => a.onsetSeconds - b.onsetSeconds);
  }
}

type Compose = (music: Music, random: Random) => Note[];

/** Plucked chords broken into eighth notes, sometimes two strings at once, silent in some half bars. */
const guitar: Compose = (music, random) => {
  const notes: Note[] = [];
  const accent = Array.from({ length: 8 }, () => random.uniform());
  forEachBar(music, (bar) => {
    const silentHalf = random.uniform() < 0.35 ? random.below(2) : -1;
    for (let eighth = 0; eighth < 8; eighth++) {
      if (Math.floor(eighth / 4) === silentHalf || random.uniform() > 0.35 + 0.6 * accent[eighth]!) continue;
      const strings = random.uniform() < 0.25 ? 2 : 1;
      const lowest = random.below(4);
      for (let s = 0; s < strings; s++) {
        const pitch = scalePitch(music, bar.chord + chordSteps[(lowest + s) % 4]!) + 4;
        const velocity = 0.45 + 0.4 * accent[eighth]! + 0.15 * random.uniform();
        notes.push(at(music, bar.firstBeat + eighth / 2, 0.5 + random.below(3) * 0.5, pitch, velocity));
      }
    }
  });
  return notes;
};

/** A melody in phrases: tongued notes that move by small steps, then a rest of one to three beats. */
const oboe: Compose = (music, random) => {
  const notes: Note[] = [];
  const lengths = [0.5, 0.5, 0.75, 1, 1, 1.5];
  let beat = [0, 0.5, 1][random.below(3)]!;
  let degree = 7 + random.below(5);
  const lastBeat = (music.durationSeconds * music.tempoBpm) / 60;
  while (beat < lastBeat) {
    const phrase = 3 + random.below(5);
    const loudness = 0.55 + 0.4 * random.uniform();
    for (let i = 0; i < phrase; i++) {
      const length = lengths[random.below(lengths.length)]!;
      degree += [-2, -1, -1, 1, 1, 2, 3, -3][random.below(8)]!;
      if (degree > 14) degree -= 5;
      if (degree < 5) degree += 4;
      const swell = Math.sin((Math.PI * (i + 0.5)) / phrase);
      const velocity = loudness * (0.5 + 0.3 * swell + 0.2 * random.uniform());
      notes.push(at(music, beat, length * (0.55 + 0.3 * random.uniform()), scalePitch(music, degree), velocity));
      beat += length;
    }
    beat += 1 + random.below(3);
  }
  return notes;
};

/** Root and fifth of the chord in a rhythm that stays for the piece, with some beats left out. */
const bass: Compose = (music, random) => {
  const rhythms = [
    [0, 1.5, 2, 3.5],
    [0, 1, 2.5, 3],
    [0, 0.75, 1.5, 2.5],
    [0.5, 1, 2, 3],
  ];
  const rhythm = rhythms[random.below(rhythms.length)]!;
  const notes: Note[] = [];
  forEachBar(music, (bar) => {
    if (random.uniform() < 0.12) return;
    rhythm.forEach((beat, i) => {
      if (random.uniform() < 0.2) return;
      const degree = bar.chord + (i % 2 === 1 && random.uniform() < 0.5 ? 4 : 0);
      const pitch = foldPitch(scalePitch(music, degree), 33, 45);
      const length = ((rhythm[i + 1] ?? beatsPerBar) - beat) * (0.6 + 0.35 * random.uniform());
      notes.push(at(music, bar.firstBeat + beat, length, pitch, 0.6 + 0.4 * random.uniform()));
    });
  });
  return notes;
};

/** Kick, snare and hi-hat on a grid of eighth notes; the pattern stays for the piece, half bars drop out. */
const drums: Compose = (music, random) => {
  const kick = Array.from({ length: 8 }, (_, i) => (i === 0 ? 0.95 : i === 4 ? 0.7 : 0.3 * random.uniform()));
  const snare = Array.from({ length: 8 }, (_, i) => (i === 2 || i === 6 ? 0.9 : 0.1 * random.uniform()));
  const hat = Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? 0.75 : random.uniform() < 0.5 ? 0.7 : 0.15));
  const notes: Note[] = [];
  forEachBar(music, (bar) => {
    const silentHalf = random.uniform() < 0.25 ? random.below(2) : -1;
    for (let eighth = 0; eighth < 8; eighth++) {
      if (Math.floor(eighth / 4) === silentHalf) continue;
      const beat = bar.firstBeat + eighth / 2;
      const strike = (pitch: number, chance: number, level: number) => {
        if (random.uniform() >= chance) return;
        notes.push(at(music, beat, 0.5, pitch, level * (0.7 + 0.3 * random.uniform())));
      };
      strike(36, kick[eighth]!, 1);
      strike(38, snare[eighth]!, 0.9);
      strike(42, hat[eighth]!, eighth % 2 === 0 ? 0.8 : 0.5);
    }
  });
  return notes;
};

const parts: Record<InstrumentName, Compose> = { guitar, oboe, bass, drums };
const chordSteps = [0, 2, 4, 7];

function forEachBar(music: Music, visit: (bar: { firstBeat: number; chord: number }) => void): void {
  const bars = Math.ceil((music.durationSeconds * music.tempoBpm) / 60 / beatsPerBar);
  for (let bar = 0; bar < bars; bar++) {
    visit({ firstBeat: bar * beatsPerBar, chord: music.chords[bar % music.chords.length]! });
  }
}

function at(music: Music, beat: number, beats: number, pitch: number, velocity: number): Note {
  const secondsPerBeat = 60 / music.tempoBpm;
  return {
    onsetSeconds: beat * secondsPerBeat,
    durationSeconds: beats * secondsPerBeat,
    pitch,
    velocity: Math.min(1, velocity),
  };
}

/** MIDI number of a degree of the scale, degree 7 being the octave. */
function scalePitch(music: Music, degree: number): number {
  const octave = Math.floor(degree / 7);
  return music.root + 12 * octave + scales[music.mode][degree - 7 * octave]!;
}

/** Moves a pitch by octaves into `lowest` .. `highest`, which are at least an octave apart. */
function foldPitch(pitch: number, lowest: number, highest: number): number {
  let folded = pitch;
  while (folded > highest) folded -= 12;
  while (folded < lowest) folded += 12;
  return folded;
}

function clip(note: Note, endSeconds: number): Note {
  return { ...note, durationSeconds: Math.min(note.durationSeconds, endSeconds - note.onsetSeconds) };
}

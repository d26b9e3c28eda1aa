import { describe, expect, it } from "vitest";
import { composeMusic, composePart } from "../../../datasets/simulated/score.ts";
import { createRandom } from "../../../src/core/random.ts";

const instruments = ["guitar", "oboe", "bass", "drums"] as const;
const pieces = Array.from({ length: 40 }, (_, seed) => {
  const random = createRandom(seed);
  const music = composeMusic(random.fork("music"), 4 + (seed % 5));
  return { music, parts: instruments.map((name) => composePart(name, music, random.fork(name))) };
});

describe("composePart", () => {
  it("writes at least three notes an instrument, all inside the piece, in order, with velocities up to 1", () => {
    for (const { music, parts } of pieces) {
      for (const notes of parts) {
        expect(notes.length).toBeGreaterThanOrEqual(3);
        for (const [i, note] of notes.entries()) {
          expect(note.onsetSeconds).toBeGreaterThanOrEqual(notes[i - 1]?.onsetSeconds ?? 0);
          expect(note.onsetSeconds + note.durationSeconds).toBeLessThanOrEqual(music.durationSeconds + 1e-9);
          expect(note.velocity).toBeGreaterThan(0);
          expect(note.velocity).toBeLessThanOrEqual(1);
        }
      }
    }
  });

  it("keeps melodic instruments to the seven notes of the key", () => {
    const steps = { major: [0, 2, 4, 5, 7, 9, 11], minor: [0, 2, 3, 5, 7, 8, 10] };
    for (const { music, parts } of pieces) {
      for (const { pitch } of parts[1]!) expect(steps[music.mode]).toContain((pitch - music.root + 120) % 12);
      for (const { pitch } of parts[2]!) expect(steps[music.mode]).toContain((pitch - music.root + 120) % 12);
    }
  });

  it("gives the instruments of a piece rhythms of their own", () => {
    for (const { parts } of pieces) {
      const rhythms = parts.map((notes) => notes.map((note) => note.onsetSeconds.toFixed(3)).join());
      expect(new Set(rhythms).size).toBe(instruments.length);
    }
  });
});

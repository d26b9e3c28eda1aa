import { describe, expect, it, test } from "vitest";
import { midiToHz, renderPart } from "../../../datasets/simulated/instruments.ts";
import type { InstrumentName } from "../../../datasets/simulated/score.ts";
import { createRandom } from "../../../src/core/random.ts";
import { powerBetween, strongestNear } from "./spectrum.ts";

const rateHz = 16000;
const play = (instrument: InstrumentName, pitch: number, velocity = 0.8) =>
  renderPart(instrument, [{ onsetSeconds: 0, durationSeconds: 0.9, pitch, velocity }], {
    rateHz,
    samples: rateHz,
    random: createRandom(3),
  });

describe("midiToHz", () => {
  it("puts A4 at 440 Hz and an octave at a factor of two", () => {
    expect(midiToHz(69)).toBe(440);
    expect(midiToHz(57)).toBe(220);
    expect(midiToHz(60)).toBeCloseTo(261.6256, 4);
  });
});

describe("renderPart", () => {
  // 76 (E5) has a period of 24.3 samples: without the fraction of a sample the string would be 1.2 % flat.
  test.each([
    { instrument: "guitar", pitch: 52 },
    { instrument: "guitar", pitch: 64 },
    { instrument: "guitar", pitch: 76 },
    { instrument: "oboe", pitch: 60 },
    { instrument: "oboe", pitch: 81 },
    { instrument: "bass", pitch: 33 },
    { instrument: "bass", pitch: 45 },
  ] as const)("tunes the $instrument's note $pitch to within half a percent", ({ instrument, pitch }) => {
    const hertz = midiToHz(pitch);
    expect(Math.abs(strongestNear(play(instrument, pitch), rateHz, hertz) / hertz - 1)).toBeLessThan(0.005);
  });

  it("gives kick, snare and hi-hat low, middle and high sounds", () => {
    const share = (pitch: number, low: number, high: number) => {
      const sound = play("drums", pitch);
      return powerBetween(sound, rateHz, low, high) / powerBetween(sound, rateHz, 0, 8000);
    };
    expect(share(36, 30, 200)).toBeGreaterThan(0.8);
    expect(share(38, 150, 5000)).toBeGreaterThan(0.8);
    expect(share(42, 2500, 8000)).toBeGreaterThan(0.8);
  });

  it("is silent before the first note and after the last has ended", () => {
    const notes = [{ onsetSeconds: 0.2, durationSeconds: 0.3, pitch: 60, velocity: 1 }];
    for (const instrument of ["guitar", "oboe", "bass"] as const) {
      const sound = renderPart(instrument, notes, { rateHz, samples: rateHz, random: createRandom(1) });
      expect(sound.subarray(0, 3200).every((value) => value === 0)).toBe(true);
      expect(sound.subarray(3200, 8000).some((value) => Math.abs(value) > 0.05)).toBe(true);
      expect(sound.subarray(9000).every((value) => value === 0)).toBe(true);
    }
  });

  it("cuts what would sound past the last sample", () => {
    const notes = [{ onsetSeconds: 0.05, durationSeconds: 1, pitch: 60, velocity: 1 }];
    const short = renderPart("oboe", notes, { rateHz, samples: 1600, random: createRandom(1) });
    const long = renderPart("oboe", notes, { rateHz, samples: 3200, random: createRandom(1) });
    expect(short).toEqual(long.slice(0, 1600));
  });

  it("plays loud notes louder", () => {
    const peak = (velocity: number) => play("bass", 40, velocity).reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    expect(peak(0.8) / peak(0.4)).toBeCloseTo(2, 9);
  });
});

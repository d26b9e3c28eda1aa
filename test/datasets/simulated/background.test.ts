import { describe, expect, it } from "vitest";
import { createBackground } from "../../../datasets/simulated/background.ts";
import { electrodes } from "../../../datasets/simulated/electrodes.ts";
import { createRandom } from "../../../src/core/random.ts";
import { powerBetween } from "./spectrum.ts";

const rateHz = 256;
const samples = 256 * 128;
const background = createBackground(createRandom(2), rateHz, samples);
const index = (name: string) => electrodes.findIndex((electrode) => electrode.name === name);
const level = (values: Float64Array) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
function correlation(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0) / (samples * level(a) * level(b));
}

describe("the background EEG", () => {
  it("has noise of equal power in every octave (1/f), to within a quarter", () => {
    const octaves = [1, 2, 4, 8, 16, 32].map((low) =>
      mean(background.noise.map((channel) => powerBetween(channel, rateHz, low, 2 * low))),
    );
    for (const power of octaves) expect(Math.abs(power / mean(octaves) - 1)).toBeLessThan(0.25);
  });

  it("has noise of 9 uV that neighbouring electrodes share and distant ones do not", () => {
    expect(mean(background.noise.map(level))).toBeGreaterThan(8);
    expect(mean(background.noise.map(level))).toBeLessThan(10);
    const near = correlation(background.noise[index("Pz")]!, background.noise[index("P1")]!);
    const far = correlation(background.noise[index("F3")]!, background.noise[index("O2")]!);
    expect(near).toBeGreaterThan(0.5);
    expect(Math.abs(far)).toBeLessThan(0.2);
  });

  it("has alpha between 8.5 and 12 Hz at the back of the head, in bursts", () => {
    const { alpha } = background;
    const oz = alpha[index("Oz")]!;
    expect(powerBetween(oz, rateHz, 8.5, 12) / powerBetween(oz, rateHz, 0.1, 128)).toBeGreaterThan(0.7);
    expect(level(oz)).toBeGreaterThan(5 * level(alpha[index("Fz")]!));
    const halfSeconds = Array.from({ length: samples / 128 }, (_, i) => level(oz.subarray(i * 128, i * 128 + 128)));
    expect(Math.min(...halfSeconds)).toBeLessThan(0.2 * Math.max(...halfSeconds));
  });

  it("has blinks that weaken from front to back and reach 50 to 70 uV at F3 or F4", () => {
    const sizes = ["F3", "C3", "P3", "O1"].map((name) => level(background.blinks[index(name)]!));
    expect([...sizes].sort((a, b) => b - a)).toEqual(sizes);
    const peak = background.blinks[index("F3")]!.reduce((most, value) => Math.max(most, value), 0);
    expect(peak).toBeGreaterThan(49);
    expect(peak).toBeLessThanOrEqual(70);
    expect(background.blinks[index("F3")]!.every((value) => value >= 0)).toBe(true);
  });

  it("has hum at 50 Hz and drift below 0.06 Hz, and nothing else in them", () => {
    for (const channel of background.line) {
      expect(powerBetween(channel, rateHz, 49.9, 50.1) / powerBetween(channel, rateHz, 0, 128)).toBeGreaterThan(0.999);
    }
    for (const channel of background.drift) {
      expect(powerBetween(channel, rateHz, 0.2, 128)).toBeLessThan(0.02 * powerBetween(channel, rateHz, 0, 128));
    }
  });
});

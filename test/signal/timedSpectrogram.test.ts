import { describe, expect, it, test } from "vitest";
import { timedSpectrogram } from "../../src/signal/timedSpectrogram.ts";
import { wave } from "./reference.ts";
import { argmax, clicks, recordedFeatures } from "./stimulusReference.ts";

describe("timedSpectrogram", () => {
  test.each(recordedFeatures.spectra)(
    "is twice scipy.signal.stft at a hop of $hop samples and a window of $size",
    ({ rateHz, hop, size, fft, samples, frames, stride, magnitudes: expected }) => {
      const { magnitudes, times, fftSize } = timedSpectrogram(wave(samples, 0.37), {
        rateHz,
        outputRateHz: rateHz / hop,
        windowSeconds: size / rateHz,
        fftSize: fft,
      });
      expect([magnitudes.rows, magnitudes.columns, fftSize]).toEqual([frames, Math.floor(fft / 2) + 1, fft]);
      expect(times).toBeAllclose(
        times.map((_, n) => (n * hop) / rateHz),
        { rtol: 1e-14 },
      );
      const some = magnitudes.data.filter((_, i) => (i % magnitudes.columns) % stride === 0);
      expect(some).toBeAllclose(expected, { atol: 1e-12 });
    },
  );

  it("has a window of two hops by default and a transform of the next power of two", () => {
    const { fftSize, windowSeconds } = timedSpectrogram(wave(1000, 0.2), { rateHz: 44_100, outputRateHz: 256 });
    expect(windowSeconds).toBeCloseTo(2 / 256, 15);
    expect(fftSize).toBe(512);
  });

  test.each([
    { rateHz: 44_100, outputRateHz: 256 },
    { rateHz: 8000, outputRateHz: 64 * Math.SQRT2 },
    { rateHz: 11_025, outputRateHz: 100 },
  ])("reads a click at its distance from each frame's time, at $rateHz and $outputRateHz Hz", (rates) => {
    const { rateHz, outputRateHz } = rates;
    const place = Math.floor(24 * rateHz) + 57;
    const { magnitudes, times } = timedSpectrogram(clicks(place + 300, [place]), rates);
    const length = (2 * rateHz) / outputRateHz;
    for (let n = magnitudes.rows - 8; n < magnitudes.rows; n++) {
      // 2 w(t) / sum(w), the sum of a Hann window being half its length
      const distance = (place / rateHz - times[n]!) * rateHz;
      const expected =
        Math.abs(distance) < length / 2 ? (2 + 2 * Math.cos((2 * Math.PI * distance) / length)) / length : 0;
      expect(magnitudes.data[n * magnitudes.columns + 3]).toBeCloseTo(expected, 6);
    }
  });

  it("reads the amplitude of a sine at a bin, wherever the frames fall between samples", () => {
    const rateHz = 44_100;
    const hz = (40 * rateHz) / 512;
    const tone = Float64Array.from({ length: 8000 }, (_, i) => 0.3 * Math.sin((2 * Math.PI * hz * i) / rateHz));
    const { magnitudes } = timedSpectrogram(tone, { rateHz, outputRateHz: 256 });
    for (let n = 1; n < magnitudes.rows - 2; n++) {
      const row = magnitudes.data.subarray(n * magnitudes.columns, (n + 1) * magnitudes.columns);
      expect(argmax(row)).toBe(40);
      expect(row[40]).toBeCloseTo(0.3, 4);
    }
  });

  it("of silence is silence, also of one sample", () => {
    const { magnitudes } = timedSpectrogram(new Float64Array(1), { rateHz: 8000, outputRateHz: 64 });
    expect(magnitudes.rows).toBe(1);
    expect(magnitudes.data.every((value) => value === 0)).toBe(true);
  });

  it("refuses windows, transforms and rates it cannot work with", () => {
    const x = new Float64Array(100);
    const rates = { rateHz: 8000, outputRateHz: 64 };
    expect(() => timedSpectrogram(x, { ...rates, windowSeconds: 1e-4 })).toThrow(/windowSeconds is 0.0001/);
    expect(() => timedSpectrogram(x, { ...rates, fftSize: 249 })).toThrow(/fftSize is 249; .* from 250/);
    expect(() => timedSpectrogram(x, { rateHz: 64, outputRateHz: 100 })).toThrow(/outputRateHz is 100/);
    expect(() => timedSpectrogram(new Float64Array(0), rates)).toThrow(/no samples/);
    expect(() => timedSpectrogram(Float64Array.of(Number.NaN), rates)).toThrow(/not finite/);
  });
});

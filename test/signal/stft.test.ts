import { describe, expect, it, test } from "vitest";
import { frameTimes, istft, magnitude, stft, stftDefaults } from "../../src/signal/stft.ts";
import { recorded, wave } from "./reference.ts";

describe("stft", () => {
  test.each(recorded.stft)(
    "agrees with scipy.signal.stft and istft, $window $size / $hop, $samples samples",
    ({ size, hop, window, samples, frames, real, imag, turned }) => {
      const transform = stft(wave(samples, 0.37), { windowSize: size, hopSize: hop, window });
      expect(transform.frames).toBe(frames);
      expect(transform.real).toBeAllclose(real, { atol: 1e-12 });
      expect(transform.imag).toBeAllclose(imag, { atol: 1e-12 });

      // Each frame n times i^n, which is no transform of any signal: the inverse has to choose as SciPy does
      const turn = (part: (re: number, im: number, n: number) => number) =>
        transform.real.map((re, i) => part(re, transform.imag[i]!, Math.floor(i / transform.bins) % 4));
      const back = istft({
        ...transform,
        real: turn((re, im, n) => [re, -im, -re, im][n]!),
        imag: turn((re, im, n) => [im, re, -im, -re][n]!),
      });
      expect(back).toBeAllclose(turned, { atol: 1e-12 });
    },
  );

  const sizes = [
    { windowSize: 16, hopSize: 4 },
    { windowSize: 15, hopSize: 4 },
    { windowSize: 16, hopSize: 7 },
    { windowSize: 17, hopSize: 8 },
    { windowSize: 16, hopSize: 1 },
    { windowSize: 1, hopSize: 1 },
    { windowSize: 2, hopSize: 1 },
    { windowSize: 1024, hopSize: 300 },
  ];
  const lengths = [1, 2, 3, 7, 8, 9, 15, 16, 17, 100, 101];
  test.each(sizes)("is inverted for windows of $windowSize every $hopSize, any length, window and padding", (size) => {
    for (const window of ["hann", "sine", "hamming", "rectangular"] as const) {
      for (const padding of ["zeros", "reflect"] as const) {
        for (const length of lengths) {
          const samples = wave(length, 0.41);
          expect(istft(stft(samples, { ...size, window, padding }))).toBeAllclose(samples, { atol: 1e-12 });
        }
      }
    }
  });

  it("has the closed form of a sine at the centre of a bin: three bins of a Hann window", () => {
    const [size, bin, amplitude] = [64, 10, 0.8];
    const samples = Float64Array.from({ length: 640 }, (_, i) => amplitude * Math.cos((2 * Math.PI * bin * i) / size));
    const spectrum = magnitude(stft(samples, { windowSize: size, hopSize: 16 }));
    // Amplitude / 2 times the window's transform: size / 2 in the middle, size / 4 to both sides
    const expected = new Float64Array(33);
    expected[bin] = (amplitude / 2) * (size / 2);
    expected[bin - 1] = expected[bin + 1] = (amplitude / 2) * (size / 4);
    for (let n = 3; n < 37; n++) {
      expect(spectrum.data.subarray(n * 33, (n + 1) * 33)).toBeAllclose(expected, { atol: 1e-12 });
    }
  });

  it("centres frame n on sample n * hopSize: an impulse there gives a flat spectrum of the window's middle value", () => {
    const samples = new Float64Array(100);
    samples[40] = 1;
    const { data, columns } = magnitude(stft(samples, { windowSize: 16, hopSize: 8 }));
    expect(data.subarray(5 * columns, 6 * columns)).toBeAllclose(new Float64Array(columns).fill(1), { atol: 1e-15 });
  });

  it("moves by n frames when the signal moves by n hops", () => {
    const options = { windowSize: 12, hopSize: 5, window: "sine" } as const;
    const samples = wave(60, 0.9);
    const late = new Float64Array(75);
    late.set(samples, 15);
    const [a, b] = [stft(samples, options), stft(late, options)];
    // Frames 0 .. 11 of the signal, each wholly within it or the silence before it
    expect(b.real.subarray(3 * 7, 13 * 7)).toEqual(a.real.subarray(0, 10 * 7));
  });

  it("mirrors both ends where asked: a sine about its crest goes on", () => {
    // cos(pi i / 8) is its own mirror image at samples 0 and 80, so no frame sees an end
    const samples = Float64Array.from({ length: 81 }, (_, i) => Math.cos((Math.PI * i) / 8));
    const { data, columns, rows } = magnitude(stft(samples, { windowSize: 32, hopSize: 8, padding: "reflect" }));
    for (let n = 0; n < rows; n++) {
      expect(data.subarray(n * columns, (n + 1) * columns)).toBeAllclose(data.subarray(0, columns), { atol: 1e-13 });
    }
  });

  it("fills in the defaults and leaves its input alone", () => {
    const samples = wave(2000, 0.1);
    const kept = samples.slice();
    const transform = stft(samples);
    expect(transform.options).toEqual(stftDefaults);
    expect(transform).toMatchObject({ bins: 513, frames: 9, samples: 2000 });
    expect(samples).toEqual(kept);
  });

  it("names the sample that a window and hop lose", () => {
    expect(() => stft(wave(100, 1), { windowSize: 16, hopSize: 16 })).toThrow(
      /hann window of 16 samples every 16, the sample at offset 0 .* no window energy/,
    );
    expect(stft(wave(100, 1), { windowSize: 16, hopSize: 16, window: "sine" }).frames).toBe(8);
  });

  it("refuses sizes, hops, windows and signals it cannot work with", () => {
    const samples = wave(100, 1);
    expect(() => stft(samples, { windowSize: 0 })).toThrow(/windowSize is 0/);
    expect(() => stft(samples, { hopSize: 0 })).toThrow(/hopSize is 0/);
    expect(() => stft(samples, { windowSize: 8, hopSize: 9 })).toThrow(/hopSize is 9.*from 1 to 8/);
    expect(() => stft(samples, { window: "blackman" as "hann" })).toThrow(/no window is called "blackman"/);
    expect(() => stft(samples, { padding: "hold" as "zeros" })).toThrow(/padding is "hold"/);
    expect(() => stft(new Float64Array(0))).toThrow(/no samples/);
    samples[7] = Number.NaN;
    expect(() => stft(samples)).toThrow(/1 of 100 values that are not finite, the first \(NaN\) at index 7/);
  });
});

describe("istft", () => {
  it("refuses transforms whose parts do not fit together", () => {
    const transform = stft(wave(100, 1), { windowSize: 16, hopSize: 4 });
    expect(() => istft({ ...transform, samples: 200 })).toThrow(/26 frames of 9 bins; 200 samples .* make 51 frames/);
    expect(() => istft({ ...transform, real: new Float64Array(5) })).toThrow(/5 real and 234 imaginary parts/);
    expect(() => istft({ ...transform, samples: 0 })).toThrow(/samples is 0/);
    expect(() => magnitude({ ...transform, imag: new Float64Array(5) })).toThrow(/magnitude: 234 real and 5/);
  });
});

describe("frameTimes", () => {
  it("gives the centre of each frame in seconds, without drift for hops that fit no rate", () => {
    const times = frameTimes(6154, { hopSize: 172, rateHz: 44100, startSeconds: 2 });
    expect(times[0]).toBe(2);
    expect(times[6153]).toBeCloseTo(2 + (6153 * 172) / 44100, 12);
    // 24 s of frames: counted as if they came at 256 Hz they would be 37 ms late
    expect(6153 / 256 - (6153 * 172) / 44100).toBeCloseTo(0.037, 3);
  });

  it("refuses rates and hops that are not positive", () => {
    expect(() => frameTimes(3, { hopSize: 0, rateHz: 1 })).toThrow(/hopSize is 0/);
    expect(() => frameTimes(3, { hopSize: 1, rateHz: 0 })).toThrow(/rateHz is 0/);
    expect(() => frameTimes(-1, { hopSize: 1, rateHz: 1 })).toThrow(/frames is -1/);
  });
});

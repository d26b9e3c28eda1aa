import { describe, expect, it, test } from "vitest";
import { Resampler, rationalRatio, resample } from "../../src/signal/resample.ts";
import { join64, pieces, recorded, wave } from "./reference.ts";

describe("resample", () => {
  test.each(recorded.resample)(
    "agrees with scipy.signal.resample_poly for $up / $down, $samples samples",
    (recording) => {
      const samples = wave(recording.samples, 0.23).map((value) => value + 1);
      for (const padding of ["zeros", "hold"] as const) {
        const out = resample(samples, recording, { padding });
        expect(out).toBeAllclose(recording[padding], { rtol: 1e-12, atol: 1e-12 });
      }
    },
  );

  it("keeps a constant where the ends are held, up and down", () => {
    // The taps of one phase add up to 1 only as well as the filter suppresses images: 53 dB for a Kaiser window of beta 5
    for (const ratio of [
      { up: 3, down: 2 },
      { up: 1, down: 4 },
      { up: 16, down: 11 },
    ]) {
      const out = resample(new Float64Array(200).fill(2), ratio, { padding: "hold" });
      expect(out).toBeAllclose(new Float64Array(out.length).fill(2), { rtol: 1e-3 });
    }
  });

  it("keeps a slow sine in place: no delay", () => {
    const sine = (rateHz: number, count: number) =>
      Float64Array.from({ length: count }, (_, i) => Math.sin((2 * Math.PI * 3 * i) / rateHz));
    const out = resample(sine(256, 2560), { up: 1, down: 4 });
    // Away from the ends; 53 dB ripple
    expect(out.subarray(20, 600)).toBeAllclose(sine(64, 640).subarray(20, 600), { atol: 3e-3 });
  });

  it("removes what the lower rate cannot hold", () => {
    const high = Float64Array.from({ length: 4096 }, (_, i) => Math.sin((2 * Math.PI * 60 * i) / 256));
    const out = resample(high, { up: 1, down: 4 });
    for (const value of out.subarray(20, 1000)) expect(Math.abs(value)).toBeLessThan(3e-3);
  });

  it("is linear, and leaves its input alone", () => {
    const [a, b] = [wave(90, 0.3), wave(90, 0.07)];
    const kept = a.slice();
    const sum = resample(
      a.map((value, i) => 2 * value - b[i]!),
      { up: 5, down: 3 },
    );
    const parts = [a, b].map((samples) => resample(samples, { up: 5, down: 3 }));
    expect(sum).toBeAllclose(
      parts[0]!.map((value, i) => 2 * value - parts[1]![i]!),
      { atol: 1e-13 },
    );
    expect(a).toEqual(kept);
  });

  it("refuses no samples, samples that are not finite and bad ratios", () => {
    expect(() => resample(new Float64Array(0), { up: 1, down: 2 })).toThrow(/resample: the signal has no samples/);
    expect(() => resample(Float64Array.of(1, Number.NaN), { up: 1, down: 2 })).toThrow(/not finite.*index 1/);
    expect(() => resample(Float64Array.of(1), { up: 0, down: 2 })).toThrow(/up is 0/);
    expect(() => resample(Float64Array.of(1), { up: 1, down: 1.5 })).toThrow(/down is 1.5/);
    expect(() => resample(Float64Array.of(1), { up: 30_001, down: 2 })).toThrow(/30001 \/ 2.*at most 20000/);
    expect(() => resample(Float64Array.of(1), { up: 1, down: 2 }, { padding: "mirror" as "hold" })).toThrow(/mirror/);
  });
});

describe("Resampler", () => {
  const ratios = [
    { up: 1, down: 4 },
    { up: 160, down: 441 },
    { up: 3, down: 2 },
    { up: 441, down: 160 },
    { up: 1, down: 1 },
    { up: 7, down: 5 },
  ];
  test.each(ratios)("gives the bytes of resample for $up / $down, however the signal is cut", (ratio) => {
    for (const samples of [wave(500, 0.23), wave(3, 0.4), wave(1, 1)]) {
      for (const padding of ["zeros", "hold"] as const) {
        const whole = resample(samples, ratio, { padding });
        for (const lengths of [[samples.length], [1], [7, 0, 100, 1], [499, 1]]) {
          const resampler = new Resampler(ratio, { padding, channels: 2 });
          const blocks = pieces(samples, lengths).map((piece) => resampler.push([piece, piece.map((value) => -value)]));
          blocks.push(resampler.flush());
          expect(join64(blocks.map((block) => block[0]!))).toEqual(whole);
          expect(join64(blocks.map((block) => block[1]!.map((value) => -value)))).toEqual(whole);
          expect(resampler.produced).toBe(whole.length);
        }
      }
    }
  });

  it("waits for no more than 10 samples of the lower rate", () => {
    const resampler = new Resampler({ up: 1, down: 4 });
    const [out] = resampler.push([wave(400, 0.1)]);
    expect(out!.length).toBe(100 - 10);
  });

  it("gives nothing for a signal that never came, and refuses samples after the end", () => {
    const resampler = new Resampler({ up: 1, down: 2 });
    expect(resampler.flush()[0]!.length).toBe(0);
    expect(() => resampler.push([Float64Array.of(1)])).toThrow(/has ended/);
  });

  it("refuses blocks of another shape and samples that are not finite", () => {
    const resampler = new Resampler({ up: 1, down: 2 }, { channels: 2 });
    expect(() => resampler.push([Float64Array.of(1)])).toThrow(/1 channels; 2 are expected/);
    expect(() => resampler.push([Float64Array.of(1), Float64Array.of(1, 2)])).toThrow(/channel 1 has 2 samples/);
    expect(() => resampler.push([Float64Array.of(1), Float64Array.of(Infinity)])).toThrow(/channel 1.*not finite/);
  });
});

describe("rationalRatio", () => {
  test.each([
    [256, 64, 1, 4],
    [44100, 16000, 160, 441],
    [44100, 64, 16, 11025],
    [62.5, 64, 128, 125],
    [44100 / 172, 64, 2752, 11025],
    [64, 64, 1, 1],
    [512.5, 100, 8, 41],
  ])("of %d Hz to %d Hz is %i / %i", (fromHz, toHz, up, down) => {
    expect(rationalRatio(fromHz, toHz)).toEqual({ up, down });
  });

  it("refuses rates without a small ratio, and rates that are not positive", () => {
    expect(() => rationalRatio(256, 64 * Math.SQRT2)).toThrow(/no ratio of whole numbers up to 20000/);
    expect(() => rationalRatio(0, 64)).toThrow(/fromHz is 0/);
    expect(() => rationalRatio(64, Number.NaN)).toThrow(/toHz is NaN/);
    expect(() => rationalRatio(44100, 1e-3)).toThrow(/no ratio/);
  });
});

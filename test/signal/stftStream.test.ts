import { describe, expect, it, test } from "vitest";
import { istft, stft } from "../../src/signal/stft.ts";
import { IstftStream, StftStream } from "../../src/signal/stftStream.ts";
import { join64, pieces, wave } from "./reference.ts";

const options = [
  { windowSize: 16, hopSize: 4 },
  { windowSize: 15, hopSize: 7, window: "hamming" },
  { windowSize: 16, hopSize: 16, window: "sine" },
  { windowSize: 9, hopSize: 9, window: "rectangular" },
  { windowSize: 12, hopSize: 5, padding: "reflect" },
  { windowSize: 12, hopSize: 12, padding: "reflect", window: "rectangular" },
  { windowSize: 1, hopSize: 1, padding: "reflect" },
] as const;
const lengths = [1, 2, 5, 6, 7, 8, 12, 16, 17, 100, 203];
const cuts = [[1000], [1], [5, 0, 11], [16], [2, 90, 1]];

describe("StftStream", () => {
  test.each(options)("gives the bytes of stft for %o, however the signal is cut", (settings) => {
    for (const length of lengths) {
      const samples = wave(length, 0.3);
      const whole = stft(samples, settings);
      for (const cut of cuts) {
        const stream = new StftStream(settings);
        const parts = [...pieces(samples, cut).map((piece) => stream.push(piece)), stream.flush()];
        expect(join64(parts.map((part) => part.real))).toEqual(whole.real);
        expect(join64(parts.map((part) => part.imag))).toEqual(whole.imag);
        let next = 0;
        for (const part of parts) {
          expect(part.firstFrame).toBe(next);
          next += part.frames;
        }
        expect(next).toBe(whole.frames);
        expect(stream.samples).toBe(length);
      }
    }
  });

  it("gives a frame as soon as its last sample is there", () => {
    const stream = new StftStream({ windowSize: 16, hopSize: 4 });
    expect(stream.push(new Float64Array(7)).frames).toBe(0);
    expect(stream.push(new Float64Array(1)).frames).toBe(1);
    expect(stream.push(new Float64Array(4)).frames).toBe(1);
  });

  it("gives no frame for a signal that never came, and refuses what follows the end", () => {
    const stream = new StftStream();
    expect(stream.flush().frames).toBe(0);
    expect(() => stream.push(new Float64Array(1))).toThrow(/has ended/);
    expect(() => new StftStream().push(Float64Array.of(Number.NaN))).toThrow(/not finite/);
    expect(() => new StftStream({ windowSize: 4, hopSize: 4 })).toThrow(/StftStream: with a hann window/);
  });
});

describe("IstftStream", () => {
  test.each(options)("gives the bytes of istft for %o, however the frames come", (settings) => {
    for (const length of lengths) {
      const samples = wave(length, 0.3);
      const whole = istft(stft(samples, settings));
      for (const cut of cuts) {
        const forward = new StftStream(settings);
        const inverse = new IstftStream(settings);
        const parts = pieces(samples, cut).map((piece) => inverse.push(forward.push(piece)));
        parts.push(inverse.push(forward.flush()), inverse.flush(length));
        expect(join64(parts)).toEqual(whole);
      }
    }
  });

  it("refuses a missing frame, another shape and a length that does not fit", () => {
    const settings = { windowSize: 16, hopSize: 4 };
    const frames = new StftStream(settings).push(wave(40, 0.2));
    expect(() => new IstftStream(settings).push({ ...frames, firstFrame: 1 })).toThrow(/frame 1 came; frame 0 is next/);
    expect(() => new IstftStream({ windowSize: 15, hopSize: 4 }).push(frames)).toThrow(/have 8 bins/);
    const inverse = new IstftStream(settings);
    inverse.push(frames);
    expect(() => inverse.flush(400)).toThrow(/9 frames came; a signal of 400 samples has 101/);
  });
});

import { describe, expect, it, test } from "vitest";
import { type Matrix, row, zeros } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { type Block, type Signal, sampleCount, toMono } from "../../src/core/signal.ts";
import { carryDictionary } from "../../src/separation/carryDictionary.ts";
import { componentMasks } from "../../src/separation/componentMasks.ts";
import {
  type BlockMasker,
  type BlockSeparationOptions,
  BlockSeparator,
  blockSeparationDefaults,
  type MixtureBlock,
  separateInBlocks,
} from "../../src/separation/longFile.ts";
import { applyMask } from "../../src/separation/masks.ts";
import { nmf } from "../../src/separation/nmf.ts";
import { istft, magnitude, stft } from "../../src/signal/stft.ts";
import { filled } from "./contrastiveReference.ts";

const rateHz = 1000;
/** 33 bins, a frame every 16 ms; blocks of 20 frames of which 8 are shared. */
const options = { windowSize: 64, hopSize: 16, blockSeconds: 0.32, overlapSeconds: 0.128 } as const;
const transform = { windowSize: 64, hopSize: 16 };

function noise(samples: number, channels = 1): Signal {
  const random = createRandom(`long ${samples}`);
  return {
    rateHz,
    channels: Array.from({ length: channels }, () => Float64Array.from({ length: samples }, random.normal)),
  };
}
const whole = (signal: Signal): Block => ({ ...signal, startSample: 0 });
const complement = (mask: Matrix): Matrix => ({ ...mask, data: mask.data.map((value) => 1 - value) });

/** Masks that depend on the frame and its time, not on the block. */
function local(spectrogram: Matrix, firstFrame: number): Matrix[] {
  const { rows, columns, data } = spectrogram;
  const mask = zeros(rows, columns);
  for (let i = 0; i < data.length; i++) {
    const frame = firstFrame + Math.floor(i / columns);
    mask.data[i] = ((data[i]! / (1 + data[i]!)) * (1 + Math.sin(frame / 3))) / 2;
  }
  return [mask, complement(mask)];
}
const localMasker: BlockMasker<unknown> = ({ spectrogram, firstFrame }) => ({ masks: local(spectrogram, firstFrame) });

/** Random masks, other ones in every block. */
const randomMasker: BlockMasker<unknown> = ({ spectrogram: { rows, columns }, index }) => {
  const random = createRandom(`masks ${index}`);
  const mask = filled(rows, columns, random.uniform);
  return { masks: [mask, complement(mask)] };
};

/** Every frame of block b is passed with gain b. */
const indexMasker: BlockMasker<unknown> = ({ spectrogram: { rows, columns }, index }) => ({
  masks: [filled(rows, columns, () => index)],
});

/** The mixture's transform times a mask, channel by channel, in one piece. */
const inOnePiece = (signal: Signal, mask: Matrix) =>
  signal.channels.map((channel) => istft(applyMask(stft(channel, transform), mask)));

/** What a masker was shown. */
function shown(signal: Signal, given: BlockSeparationOptions = options): Omit<MixtureBlock<unknown>, "channels">[] {
  const blocks: MixtureBlock<unknown>[] = [];
  separateInBlocks(
    signal,
    (block) => {
      blocks.push(block);
      return { masks: [filled(block.spectrogram.rows, block.spectrogram.columns, () => 1)], state: block.index };
    },
    given,
  );
  return blocks;
}

describe("separateInBlocks", () => {
  // 20 frames are 304 to 319 samples or fewer; every 12 frames = 192 samples a block more
  test.each([1, 10, 64, 288, 289, 304, 305, 320, 321, 480, 496, 497, 500, 1000, 1234])(
    "of %i samples equals one piece where masks do not depend on the block",
    (samples) => {
      const signal = noise(samples);
      const expected = local(magnitude(stft(signal.channels[0]!, transform)), 0);
      const sources = separateInBlocks(signal, localMasker, options);
      sources.forEach((source, s) => {
        expect(source.rateHz).toBe(rateHz);
        expect(source.channels[0]).toEqual(inOnePiece(signal, expected[s]!)[0]);
      });
    },
  );

  it("has one mask for all channels, found on their mean", () => {
    const signal = noise(1500, 3);
    const expected = local(magnitude(stft(toMono(signal), transform)), 0);
    const sources = separateInBlocks(signal, localMasker, options);
    sources.forEach((source, s) => {
      const reference = inOnePiece(signal, expected[s]!);
      source.channels.forEach((channel, c) => {
        expect(channel).toBeAllclose(reference[c]!, { atol: 1e-11 });
      });
    });
  });

  test.each([
    { name: "a fade over part of the block", given: options },
    { name: "a fade over half of it", given: { ...options, overlapSeconds: 0.16 } },
    { name: "no overlap", given: { ...options, overlapSeconds: 0 } },
    { name: "windows that do not divide", given: { ...options, windowSize: 65, hopSize: 17 } },
    { name: "a mirrored end", given: { ...options, padding: "reflect" as const } },
  ])("has estimates that sum to the mixture, whatever the masks of a block: $name", ({ given }) => {
    const signal = noise(1777, 2);
    const [one, other] = separateInBlocks(signal, randomMasker, given);
    signal.channels.forEach((channel, c) => {
      const sum = one!.channels[c]!.map((value, i) => value + other!.channels[c]![i]!);
      expect(sum).toBeAllclose(channel, { atol: 1e-12 });
    });
  });

  it("cross-fades masks linearly, frame by frame, over the overlap", () => {
    // 48 frames: blocks from frame 0, 12, 24 and the last one from 28; they take over at 12, 24 and 36
    const signal = noise(16 * 47);
    const gain = (frame: number) =>
      [12, 24, 36].reduce((sum, start) => sum + Math.min(1, Math.max(0, (frame - start + 1) / 9)), 0);
    const mask = filled(48, 33, () => 0);
    for (let n = 0; n < 48; n++) row(mask, n).fill(gain(n));
    const [source] = separateInBlocks(signal, indexMasker, options);
    expect(source!.channels[0]!).toBeAllclose(inOnePiece(signal, mask)[0]!, { atol: 1e-12 });
  });

  it("has no seam: a tone's level goes from one block's gain to the next without a step", () => {
    const samples = 3000;
    const tone = Float64Array.from({ length: samples }, (_, i) => Math.sin((2 * Math.PI * i) / 16));
    const [source] = separateInBlocks({ rateHz, channels: [tone] }, indexMasker, options);
    // peaks and troughs are every eight samples; a fade of one is spread over 9 hops of 16 samples
    const peaks = Array.from({ length: 360 }, (_, i) => Math.abs(source!.channels[0]![60 + 8 * i]!));
    const steps = peaks.slice(1).map((value, i) => Math.abs(value - peaks[i]!));
    expect(Math.max(...peaks)).toBeGreaterThan(10);
    expect(Math.max(...steps)).toBeLessThan(1.5 * (8 / (9 * 16)));
  });

  it("shows the masker whole blocks, the last one too, with what went before", () => {
    const signal = noise(16 * 47, 2);
    const blocks = shown(signal);
    expect(
      blocks.map(({ index, firstFrame, sharedFrames, previous }) => [index, firstFrame, sharedFrames, previous]),
    ).toEqual([
      [0, 0, 0, undefined],
      [1, 12, 8, 0],
      [2, 24, 8, 1],
      [3, 28, 16, 2],
    ]);
    expect(blocks.map(({ startSeconds }) => startSeconds)).toBeAllclose([0, 0.192, 0.384, 0.448], { rtol: 1e-12 });
    const spectrogram = magnitude(stft(toMono(signal), transform));
    for (const block of blocks) {
      expect(block.spectrogram.rows).toBe(20);
      const from = block.firstFrame * 33;
      expect(block.spectrogram.data).toBeAllclose(spectrogram.data.slice(from, from + 20 * 33), { atol: 1e-12 });
    }
  });

  it("masks a signal shorter than a block at once, and one that ends with a block no further", () => {
    expect(shown(noise(100)).map(({ spectrogram }) => spectrogram.rows)).toEqual([8]);
    expect(shown(noise(16 * 19))).toHaveLength(1);
    expect(shown(noise(16 * 20))).toHaveLength(2);
    expect(shown(noise(16 * 31))).toHaveLength(2);
  });

  it("takes 30 s and 5 s, and half of a block that is shorter than 10 s", () => {
    expect(new BlockSeparator(indexMasker).options).toEqual(blockSeparationDefaults);
    expect(new BlockSeparator(indexMasker, { blockSeconds: 6 }).options.overlapSeconds).toBe(3);
  });

  it("keeps sources apart, a source that falls silent too, where the masker starts from what it found before", () => {
    const samples = 6000;
    const tone = (hertz: number, loudness: (seconds: number) => number) =>
      Float64Array.from({ length: samples }, (_, i) => {
        return Math.max(0, loudness(i / rateHz)) * Math.sin((2 * Math.PI * hertz * i) / rateHz);
      });
    const stems = [
      tone(125, (t) => 1 + Math.sin(31 * t)),
      // silent from second 2 to 4, which is more than a block
      tone(312.5, (t) => (t > 2 && t < 4 ? 0 : 1 + Math.sin(23 * t))),
    ];
    const mixture = { rateHz, channels: [stems[0]!.map((value, i) => value + stems[1]![i]!)] };
    const masker =
      (isCarried: boolean): BlockMasker<Matrix> =>
      ({ spectrogram, previous, index }) => {
        const start = isCarried && previous ? { start: { dictionary: previous } } : {};
        const factors = nmf(spectrogram, { components: 2, iterations: 60, seed: index, ...start });
        return { masks: componentMasks(factors, [[0], [1]]), state: carryDictionary(factors, previous) };
      };
    /** Relative squared error of the worse source, in the better order of sources. */
    const errorOf = (sources: Signal[]) => {
      const error = (s: number, stem: Float64Array) =>
        sources[s]!.channels[0]!.reduce((sum, value, i) => sum + (value - stem[i]!) ** 2, 0) /
        stem.reduce((sum, value) => sum + value ** 2, 0);
      return Math.min(
        ...[stems, stems.toReversed()].map((order) => Math.max(...order.map((stem, s) => error(s, stem)))),
      );
    };
    const lengths = { ...options, blockSeconds: 0.8, overlapSeconds: 0.2 };
    expect(errorOf(separateInBlocks(mixture, masker(true), lengths))).toBeLessThan(0.02);
    expect(errorOf(separateInBlocks(mixture, masker(false), lengths))).toBeGreaterThan(0.2);
  });

  it("refuses a signal without samples or channels", () => {
    expect(() => separateInBlocks({ rateHz, channels: [new Float64Array(0)] }, localMasker)).toThrow(/has no samples/);
    expect(() => separateInBlocks({ rateHz, channels: [] }, localMasker)).toThrow(/has no channels/);
  });
});

describe("BlockSeparator", () => {
  const cut = (signal: Signal, seed: number, longest: number): Block[] => {
    const random = createRandom(seed);
    const blocks: Block[] = [];
    for (let start = 0; start < sampleCount(signal); start += sampleCount(blocks.at(-1)!)) {
      const end = start + 1 + random.below(longest);
      blocks.push({
        rateHz,
        startSample: start,
        channels: signal.channels.map((channel) => channel.slice(start, end)),
      });
    }
    return blocks;
  };

  test.each([
    { longest: 7, seed: 1 },
    { longest: 100, seed: 2 },
    { longest: 3000, seed: 3 },
  ])("gives the same pieces however the signal is cut, up to $longest samples", ({ longest, seed }) => {
    const signal = noise(2500, 2);
    const all = (pieces: Block[]) => {
      const separator = new BlockSeparator(randomMasker, options);
      return [...pieces.flatMap((piece) => separator.push(piece)), ...separator.finish()];
    };
    expect(all(cut(signal, seed, longest))).toEqual(all([whole(signal)]));
  });

  it("gives pieces that follow each other, counted like those it took, soon after their last sample came", () => {
    const separator = new BlockSeparator(indexMasker, options);
    let next = 7000;
    for (const piece of cut(noise(4000), 4, 50)) {
      const finished = separator.push({ ...piece, startSample: piece.startSample + 7000 });
      for (const [source] of finished) {
        expect(source!.startSample).toBe(next);
        next += sampleCount(source!);
      }
      // at most a block, the way to the next and a window are waiting
      expect(7000 + piece.startSample + sampleCount(piece) - next).toBeLessThanOrEqual(16 * (20 + 12) + 64);
    }
    for (const [source] of separator.finish()) next += sampleCount(source!);
    expect(next).toBe(11_000);
  });

  it("is empty for an empty signal", () => {
    expect(new BlockSeparator(indexMasker).finish()).toEqual([]);
    const separator = new BlockSeparator(indexMasker, options);
    expect(separator.push(whole({ rateHz, channels: [new Float64Array(0)] }))).toEqual([]);
    expect(separator.finish()).toEqual([]);
  });

  it("refuses gaps, other channels or rates, ragged pieces, samples that are not finite, and more after the end", () => {
    const opened = () => {
      const separator = new BlockSeparator(indexMasker, options);
      separator.push(whole(noise(10)));
      return separator;
    };
    const [channel] = noise(5).channels;
    expect(() => opened().push({ rateHz, startSample: 11, channels: [channel!] })).toThrow(/at sample 11; 10 is next/);
    expect(() => opened().push({ rateHz: 9, startSample: 10, channels: [channel!] })).toThrow(/at 9 Hz/);
    expect(() => opened().push({ rateHz, startSample: 10, channels: [channel!, channel!] })).toThrow(/by 2 at/);
    const ragged = { rateHz, startSample: 0, channels: [channel!, channel!.slice(1)] };
    expect(() => new BlockSeparator(indexMasker, options).push(ragged)).toThrow(/channel 1 of a piece has 4 samples/);
    expect(() => opened().push({ rateHz, startSample: 10, channels: [Float64Array.of(Number.NaN)] })).toThrow(/finite/);
    const ended = opened();
    ended.finish();
    expect(() => ended.push(whole(noise(3)))).toThrow(/has ended/);
    expect(() => ended.finish()).toThrow(/has ended/);
  });

  it("refuses masks that do not fit the block, and lets errors of the masker pass", () => {
    const run = (masker: BlockMasker<unknown>) => () => separateInBlocks(noise(1000), masker, options);
    const ones = (rows: number, columns: number) => filled(rows, columns, () => 1);
    expect(run(() => ({ masks: [] }))).toThrow(/block 0 has 0 masks; it must have 1/);
    expect(run(() => ({ masks: [ones(20, 32)] }))).toThrow(/mask 0 of block 0 is 20 x 32; .* 20 frames of 33 bins/);
    expect(run(({ index }) => ({ masks: new Array(1 + index).fill(ones(20, 33)) }))).toThrow(/block 1 has 2 masks/);
    expect(run(() => ({ masks: [filled(20, 33, () => Number.NaN)] }))).toThrow(/mask 0 of block 0 has .* not finite/);
    expect(
      run(() => {
        throw new Error("no memory");
      }),
    ).toThrow("no memory");
  });

  it("refuses lengths that make no blocks", () => {
    expect(() => new BlockSeparator(indexMasker, { blockSeconds: 0 })).toThrow(/blockSeconds is 0/);
    expect(() => new BlockSeparator(indexMasker, { blockSeconds: 2, overlapSeconds: 1.1 })).toThrow(/overlapSeconds/);
    expect(() => new BlockSeparator(indexMasker, { hopSize: 0 })).toThrow(/hopSize/);
    const odd = new BlockSeparator(indexMasker, options);
    expect(() => odd.push({ rateHz: 0, startSample: 0, channels: [new Float64Array(3)] })).toThrow(/rateHz is 0/);
  });
});

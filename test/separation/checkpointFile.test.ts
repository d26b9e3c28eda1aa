import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { decodeCheckpoint, encodeCheckpoint, type NotedCheckpoint } from "../../src/separation/checkpointFile.ts";
import { nmf } from "../../src/separation/nmf.ts";

const checkpoint: NotedCheckpoint = {
  method: "nmf",
  iterations: 7,
  cost: [Number.POSITIVE_INFINITY, -0, 0.1, -3e300, Number.MIN_VALUE],
  checked: [0, Number.NEGATIVE_INFINITY],
  relaxation: [1.5, true],
  arrays: {
    dictionary: Float32Array.from([1 / 3, -0, 2 ** -149]),
    activations: Float64Array.from([1 / 3, -0, Number.POSITIVE_INFINITY, 5e-324]),
  },
  backup: { dictionary: Float32Array.from([1]), größe: new Float64Array(0) },
  note: 'a digest, "quoted"\nin two lines',
};

/** The same bits: `toEqual` alone takes -0 for 0 in typed arrays. */
function expectSame(actual: NotedCheckpoint, expected: NotedCheckpoint): void {
  expect(actual).toStrictEqual(expected);
  const bits = ({ cost, checked, relaxation, arrays, backup }: NotedCheckpoint) =>
    [cost, checked, [relaxation[0]], ...Object.values(arrays), ...Object.values(backup ?? {})].map((values) =>
      Array.from(new BigUint64Array(Float64Array.from(values).buffer)),
    );
  expect(bits(actual)).toEqual(bits(expected));
}

describe("a checkpoint file", () => {
  it("brings every number back bit for bit, with precision, names and note", () => {
    expectSame(decodeCheckpoint(encodeCheckpoint(checkpoint), "c"), checkpoint);
    const { note: _, backup: __, ...bare } = checkpoint;
    expectSame(decodeCheckpoint(encodeCheckpoint(bare), "c"), bare);
    expectSame(decodeCheckpoint(encodeCheckpoint({ ...bare, backup: {} }), "c"), { ...bare, backup: {} });
  });

  it("does so for any numbers, names and lengths, wherever in a buffer the bytes lie", () => {
    const arrays = fc.dictionary(
      fc.string(),
      fc.oneof(fc.float32Array({ maxLength: 9 }), fc.float64Array({ maxLength: 9 })),
      { noNullPrototype: true },
    );
    const any = fc.record(
      {
        method: fc.string(),
        iterations: fc.nat(),
        cost: fc.array(fc.double()),
        checked: fc.tuple(fc.nat(), fc.double()),
        relaxation: fc.tuple(fc.double(), fc.boolean()),
        arrays,
        backup: arrays,
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(any, fc.nat(20), (value, offset) => {
        const bytes = encodeCheckpoint(value);
        const larger = new Uint8Array(bytes.length + 40).fill(255);
        larger.set(bytes, offset);
        expectSame(decodeCheckpoint(larger.subarray(offset, offset + bytes.length), "c"), value);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it("continues a factorization as if it had never stopped", () => {
    const random = createRandom("checkpoint");
    const x = { rows: 12, columns: 9, data: Float64Array.from({ length: 108 }, random.uniform) };
    const options = { components: 3, iterations: 20, tolerance: 0, overRelaxation: 1.6 };
    const { checkpoint: half } = nmf(x, { ...options, iterations: 9 });
    const resumed = nmf(x, { ...options, resume: decodeCheckpoint(encodeCheckpoint(half), "c") });
    const whole = nmf(x, options);
    expect(resumed.cost).toEqual(whole.cost);
    expect(resumed.dictionary).toEqual(whole.dictionary);
    expect(resumed.activations).toEqual(whole.activations);
  });

  it("holds the bytes of its arrays, a checksum and a header: no more", () => {
    const arrays = { dictionary: new Float32Array(1000), activations: new Float64Array(1000) };
    const bytes = encodeCheckpoint({ ...checkpoint, arrays, backup: {} });
    expect(bytes.length).toBeGreaterThan(12_000);
    expect(bytes.length).toBeLessThan(12_800);
  });

  it("is refused wherever one bit of it is wrong", () => {
    const bytes = encodeCheckpoint(checkpoint);
    for (let i = 0; i < bytes.length; i++) {
      const damaged = bytes.slice();
      damaged[i]! ^= 1 << (i % 8);
      expect(() => decodeCheckpoint(damaged, "c.bin"), `byte ${i}`).toThrow(/^c\.bin: /);
    }
  });

  it("is refused wherever it is cut short", () => {
    const bytes = encodeCheckpoint(checkpoint);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeCheckpoint(bytes.slice(0, length), "c.bin"), `${length} bytes`).toThrow(
        expect.objectContaining({
          code: length === 0 ? "bad-format" : "truncated",
          message: expect.stringMatching(/^c\.bin: .*$/),
        }),
      );
    }
  });

  const bytes = encodeCheckpoint(checkpoint);
  test.each<[string, Uint8Array, string, RegExp]>([
    [
      "a file of another kind",
      new TextEncoder().encode("RIFF and so on, longer than a header"),
      "bad-format",
      /is no checkpoint/,
    ],
    ["an empty file", new Uint8Array(0), "bad-format", /is no checkpoint/],
    ["a later version", bytes.with(7, 2), "unsupported", /version 2; version 1/],
    ["bytes after the end", Uint8Array.from([...bytes, 0]), "bad-format", /is damaged/],
    ["a cut file", bytes.slice(0, -1), "truncated", new RegExp(`has ${bytes.length - 1} of the ${bytes.length} bytes`)],
    ["a damaged array", bytes.with(bytes.length - 9, 99), "bad-format", /is damaged/],
  ])("refuses %s in one line", (_, given, code, message) => {
    expect(() => decodeCheckpoint(given, "run.ckpt")).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});

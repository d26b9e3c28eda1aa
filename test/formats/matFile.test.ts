import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ToolkitError } from "../../src/core/error.ts";
import { memorySource } from "../../src/formats/byteSource.ts";
import type { MatArray } from "../../src/formats/matArray.ts";
import { readMat } from "../../src/formats/matFile.ts";
import cases from "../fixtures/matCases.json" with { type: "json" };
import { sharedPath, testWithShared } from "../shared.ts";
import { element, floats, join, type MatValue, matBytes, matrixOf, words } from "./matBytes.ts";
import { expectRefusal } from "./refusal.ts";

/** Everything in an array, in the form of the fixture. */
async function plain(array: MatArray): Promise<unknown> {
  const { kind, shape } = array;
  if (kind === "unread") return { unread: array.className };
  if (kind === "char") return { rows: array.rows };
  if (kind === "cell") return { cell: await Promise.all(array.cells.map(plain)), shape };
  if (kind === "struct") {
    const elements = array.elements.map(async (fields) => {
      const entries = [...fields].map(async ([field, value]) => [field, await plain(value)] as const);
      return Object.fromEntries(await Promise.all(entries));
    });
    return { struct: await Promise.all(elements), fields: array.fields, shape };
  }
  const shorten = (values: Float64Array) =>
    values.length <= 60 ? [...values] : [...values.subarray(0, 10), values.reduce((sum, value) => sum + value, 0)];
  const imaginary = array.imaginary && { imaginary: shorten(await array.imaginary.read()) };
  return { shape, real: shorten(await array.real.read()), ...imaginary };
}

async function readAll(bytes: Uint8Array): Promise<Record<string, unknown>> {
  const variables = await readMat(memorySource(bytes, "x.mat"));
  const entries = variables.map(async (variable) => [variable.name, await plain(await variable.read())] as const);
  return Object.fromEntries(await Promise.all(entries));
}

const nested: Record<string, MatValue> = {
  text: "Grüße, 脳",
  list: [1, "two", [null, 4]],
  record: {
    elements: [
      { a: 1, b: "x" },
      { a: { shape: [2, 2], numbers: [1, 2, 3, 4], single: true }, b: null },
    ],
  },
};

const expected = {
  text: { rows: ["Grüße, 脳"] },
  list: {
    shape: [1, 3],
    cell: [
      { shape: [1, 1], real: [1] },
      { rows: ["two"] },
      {
        shape: [1, 2],
        cell: [
          { shape: [0, 0], real: [] },
          { shape: [1, 1], real: [4] },
        ],
      },
    ],
  },
  record: {
    shape: [1, 2],
    fields: ["a", "b"],
    struct: [
      { a: { shape: [1, 1], real: [1] }, b: { rows: ["x"] } },
      { a: { shape: [2, 2], real: [1, 2, 3, 4] }, b: { shape: [0, 0], real: [] } },
    ],
  },
};

const header = matBytes({}).subarray(0, 128);
const file = (...parts: Uint8Array[]) => join([header, ...parts]);

describe("readMat", () => {
  for (const [name, variables] of Object.entries(cases)) {
    testWithShared(`reads ${name} as SciPy does`, async () => {
      const bytes = readFileSync(sharedPath(`mat/scipy/${name}`));
      const found = await readMat(memorySource(bytes, name));
      if ("refused" in variables) {
        // SciPy does not read objects of newer versions
        for (const variable of found) expect((await variable.read()).kind).toBe("unread");
        return;
      }
      expect(found.map((variable) => variable.name)).toEqual(Object.keys(variables));
      for (const variable of found) {
        const array = await variable.read();
        const { class: className, ...values } = variables[variable.name as keyof typeof variables] as {
          class: string;
        };
        expect(await plain(array)).toEqual(values);
        if (array.kind === "numeric") expect(array.logical ? "logical" : array.className).toBe(className);
        else if (array.kind !== "unread") expect(array.kind).toBe(className);
      }
    });
  }

  it.each([
    { compressed: false, bigEndian: false },
    { compressed: true, bigEndian: false },
    { compressed: false, bigEndian: true },
    { compressed: true, bigEndian: true },
  ])("reads nested arrays, compressed $compressed, big-endian $bigEndian", async (options) => {
    expect(await readAll(matBytes(nested, options))).toEqual(expected);
  });

  it("decodes numbers by how they are stored, not by their class", async () => {
    const numbers = (type: number, data: Uint8Array) =>
      readAll(file(matrixOf(6, { name: "x", shape: [1, data.length / 8], parts: [element(type, data)] })));
    expect(await numbers(9, floats([0.5, -2], 8))).toEqual({ x: { shape: [1, 2], real: [0.5, -2] } });
    const stored = (type: number, shape: number[], data: Uint8Array) =>
      readAll(file(matrixOf(6, { name: "x", shape, parts: [element(type, data)] })));
    expect(await stored(1, [1, 2], Uint8Array.of(255, 1))).toEqual({ x: { shape: [1, 2], real: [-1, 1] } });
    expect(await stored(2, [1, 2], Uint8Array.of(255, 1))).toEqual({ x: { shape: [1, 2], real: [255, 1] } });
    expect(await stored(3, [1, 1], Uint8Array.of(254, 255))).toEqual({ x: { shape: [1, 1], real: [-2] } });
    expect(await stored(4, [1, 1], Uint8Array.of(254, 255))).toEqual({ x: { shape: [1, 1], real: [65534] } });
    expect(await stored(5, [1, 1], words([-3]))).toEqual({ x: { shape: [1, 1], real: [-3] } });
    expect(await stored(6, [1, 1], words([-3]))).toEqual({ x: { shape: [1, 1], real: [2 ** 32 - 3] } });
    expect(await stored(7, [1, 1], floats([0.25], 4))).toEqual({ x: { shape: [1, 1], real: [0.25] } });
    expect(await stored(12, [1, 1], words([-3, -1]))).toEqual({ x: { shape: [1, 1], real: [-3] } });
    expect(await stored(13, [1, 1], words([0, 1]))).toEqual({ x: { shape: [1, 1], real: [2 ** 32] } });
    await expectRefusal(() => stored(13, [1, 1], words([1, 2 ** 30])), "bad-value", "x.mat", "4611686018427387905");
  });

  it("reads characters in UTF-8, UTF-16 and UTF-32", async () => {
    const text = (type: number, columns: number, data: Uint8Array) =>
      readAll(file(matrixOf(4, { name: "t", shape: [1, columns], parts: [element(type, data)] })));
    expect(await text(16, 2, new TextEncoder().encode("ü脳"))).toEqual({ t: { rows: ["ü脳"] } });
    expect(await text(17, 2, Uint8Array.of(0xfc, 0, 0x33, 0x81))).toEqual({ t: { rows: ["ü脳"] } });
    expect(await text(18, 1, words([0x1f9e0]))).toEqual({ t: { rows: ["🧠"] } });
    await expectRefusal(() => text(18, 1, words([0x110000])), "bad-format", "character 1114112");
  });

  it("reads a range of numbers without the rest", async () => {
    const values = Array.from({ length: 300_000 }, (_, i) => i);
    const bytes = matBytes({ x: { shape: [3, 100_000], numbers: values } });
    let read = 0;
    const memory = memorySource(bytes, "x.mat");
    const counting = {
      ...memory,
      read: (start: number, end: number) => {
        read += end - start;
        return memory.read(start, end);
      },
    };
    const [variable] = await readMat(counting);
    const array = await variable!.read();
    expect(array.kind === "numeric" && [...(await array.real.read(150_000, 150_003))]).toEqual([
      150000, 150001, 150002,
    ]);
    expect(read).toBeLessThan(300_000);
    expect(array.kind === "numeric" && (await array.real.read()).at(-1)).toBe(299_999);
  });

  it("tells MATLAB 7.3, older and other files apart from those it reads", async () => {
    const newer = matBytes({});
    newer[125] = 2;
    await expectRefusal(() => readMat(memorySource(newer, "x.mat")), "unsupported", "7.3", "-v7");
    await expectRefusal(() => readMat(memorySource(new Uint8Array(200))), "bad-format", "-v7");
    await expectRefusal(() => readMat(memorySource(new Uint8Array(0))), "bad-format", "begins with");
  });

  it("refuses what contradicts itself, with the place", async () => {
    const refused = (bytes: Uint8Array, ...about: string[]) =>
      expectRefusal(() => readAll(bytes), "bad-format", "x.mat", ...about);
    await refused(
      file(matrixOf(6, { shape: [2, 2], name: "x", parts: [element(9, floats([1], 8))] })),
      "2 x 2",
      "1 numbers",
    );
    await refused(file(matrixOf(6, { shape: [-1, 2], name: "x" })), "-1 x 2");
    await refused(file(matrixOf(1, { shape: [2 ** 30, 2 ** 20], name: "x" })), "arrays do not fit");
    await refused(file(matrixOf(1, { shape: [1, 1], name: "x", parts: [element(9, floats([1], 8))] })), "type 9");
    await refused(file(matrixOf(6, { name: "x", parts: [element(99, floats([1], 8))] })), "type 99");
    await refused(file(element(9, floats([1], 8))), "type 9");
    await refused(file(element(15, floats([1], 8))), "does not inflate");
    const whole = matBytes({ x: { shape: [1, 9], numbers: Array(9).fill(1) } });
    await expectRefusal(() => readAll(whole.subarray(0, -8)), "truncated", "get all of it");
  });

  it("refuses arrays nested without end", async () => {
    let value: MatValue = 1;
    for (let i = 0; i < 80; i++) value = [value];
    await expectRefusal(() => readAll(matBytes({ value })), "unsupported", "nested");
  });

  it("sets no memory aside for what a compressed element cannot hold", async () => {
    const bytes = matBytes(nested, { compressed: true });
    const { deflateSync } = await import("node:zlib");
    const lie = deflateSync(join([words([14, 2 ** 31 - 1]), matrixOf(6, { name: "x" }).subarray(8)]));
    const made = join([bytes.subarray(0, 128), words([15, lie.length]), lie]);
    await expectRefusal(() => readAll(made), "bad-format", "compressed bytes cannot be");
  });

  it.each([{ compressed: false }, { compressed: true }])(
    "gives a result or one line for damaged files, compressed $compressed",
    async (options) => {
      const bytes = matBytes(nested, options);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 3 }),
          fc.oneof(fc.constant(0), fc.nat(bytes.length)),
          async (changes, cut) => {
            const damaged = bytes.slice(0, bytes.length - cut);
            for (const [at, value] of changes) if (at < damaged.length) damaged[at] = value;
            try {
              await readAll(damaged);
            } catch (error) {
              if (!(error instanceof ToolkitError)) throw error;
              expect(error.message).not.toContain("\n");
            }
          },
        ),
        { numRuns: 500 },
      );
    },
  );
});

import fs from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import h5wasm, { type File } from "h5wasm/node";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openHdf5File } from "../../src/formats/hdf5File.ts";
import { sharedPath, testWithShared } from "../shared.ts";

let folder: string;
beforeAll(async () => {
  await h5wasm.ready;
  folder = await mkdtemp(join(tmpdir(), "neurosteer-hdf5-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function write(name: string, fill: (file: File) => void): string {
  const path = join(folder, name);
  const file = new h5wasm.File(path, "w", { libver: ["earliest", "v108"] });
  fill(file);
  file.close();
  return path;
}

const numbers = (count: number) => Float64Array.from({ length: count }, (_, i) => i + 0.5);

/** A contiguous float64 array `/raw` of one row whose file has the room for far more: all zero, and nothing on the disk. */
function writeSparse(name: string, columns: number): { path: string; dataStart: number } {
  const path = write(name, (file) => file.create_dataset({ name: "raw", data: numbers(7), shape: [1, 7] }));
  const bytes = fs.readFileSync(path);
  const find = (...values: number[]) => {
    const pattern = Buffer.alloc(8 * values.length);
    values.forEach((value, i) => {
      pattern.writeBigUInt64LE(BigInt(value), 8 * i);
    });
    return bytes.indexOf(pattern);
  };
  const put = (value: number, offset: number) => bytes.writeBigUInt64LE(BigInt(value), offset);
  const first = Buffer.alloc(8);
  first.writeDoubleLE(0.5);
  const dataStart = bytes.indexOf(first);
  const end = dataStart + 8 * columns;
  const layout = find(dataStart, 56);
  const dimensions = find(1, 7, 1, 7);
  const current = dimensions < 0 ? find(1, 7) : dimensions;
  put(columns, current + 8);
  if (dimensions >= 0) put(columns, current + 24);
  put(8 * columns, layout + 8);
  put(end, 40); // of the superblock: end of file
  fs.writeFileSync(path, bytes);
  fs.truncateSync(path, end);
  return { path, dataStart };
}

describe("openHdf5File", () => {
  test("lists groups and arrays", async () => {
    const path = write("tree.h5", (file) => {
      file.create_group("0002");
      file.create_group("0001").create_dataset({ name: "raw", data: numbers(6), shape: [2, 3] });
    });
    const file = await openHdf5File(path);
    expect(file.keys()).toEqual(["0001", "0002"]);
    expect(file.keys("0001")).toEqual(["raw"]);
    expect(file.keys("/0002")).toEqual([]);
    expect(file.kind("0001")).toBe("group");
    expect(file.kind("0001/raw")).toBe("dataset");
    expect(file.kind("0001/raw/more")).toBeUndefined();
    expect(file.kind("0003")).toBeUndefined();
    expect(file.dataset("0001/raw").shape).toEqual([2, 3]);
    expect(file.dataset("0001/raw").path).toBe("/0001/raw");
    await file.close();
  });

  test("reads any block, the last dimension contiguous", async () => {
    const path = write("blocks.h5", (file) => {
      file.create_dataset({ name: "flat", data: numbers(24), shape: [2, 3, 4] });
      file.create_dataset({ name: "packed", data: numbers(24), shape: [2, 3, 4], chunks: [1, 2, 3], compression: 4 });
      file.create_dataset({ name: "scalar", data: 7 as never, shape: [], dtype: "<d" });
    });
    const file = await openHdf5File(path);
    for (const name of ["flat", "packed"]) {
      const dataset = file.dataset(name);
      expect(await dataset.read()).toEqual(numbers(24));
      expect([
        ...(await dataset.read([
          [1, 2],
          [0, 2],
          [1, 4],
        ])),
      ]).toEqual([13.5, 14.5, 15.5, 17.5, 18.5, 19.5]);
      expect(
        await dataset.read([
          [0, 2],
          [1, 1],
          [0, 4],
        ]),
      ).toEqual(new Float64Array(0));
    }
    expect(await file.dataset("scalar").read()).toEqual(Float64Array.of(7));
    await file.close();
  });

  test("reads blocks larger than it reads at once", async () => {
    const columns = 800_000; // 19 MB
    const data = Float64Array.from({ length: 3 * columns }, (_, i) => Math.floor(i / columns) * 1e6 + (i % columns));
    const path = write("large.h5", (file) => file.create_dataset({ name: "raw", data, shape: [3, columns] }));
    const file = await openHdf5File(path);
    const all = await file.dataset("raw").read();
    expect(all.every((value, i) => value === data[i])).toBe(true);
    const middle = await file.dataset("raw").read([
      [1, 3],
      [10, columns - 5],
    ]);
    expect(middle).toHaveLength(2 * (columns - 15));
    expect(middle[0]).toBe(1e6 + 10);
    expect(middle.at(-1)).toBe(2e6 + columns - 6);
    await file.close();
  });

  test.each([
    ["<f", Float32Array.of(0.5, -2, 3)],
    ["<b", Int8Array.of(-128, 0, 127)],
    ["<B", Uint8Array.of(0, 1, 255)],
    ["<h", Int16Array.of(-32768, 0, 32767)],
    ["<H", Uint16Array.of(0, 1, 65535)],
    ["<i", Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1)],
    ["<I", Uint32Array.of(0, 1, 2 ** 32 - 1)],
    ["<q", BigInt64Array.of(-5n, 0n, 2n ** 40n)],
    ["<Q", BigUint64Array.of(0n, 1n, 2n ** 40n)],
  ] as const)("gives %s as float64", async (dtype, data) => {
    const path = write("types.h5", (file) => file.create_dataset({ name: "x", data, dtype, shape: [3] }));
    const file = await openHdf5File(path);
    expect([...(await file.dataset("x").read())]).toEqual(Array.from(data as Iterable<number | bigint>, Number));
    await file.close();
  });

  test("gives floats stored with the most significant byte first", async () => {
    const path = write("big-endian.h5", (file) => file.create_dataset({ name: "x", data: numbers(3), shape: [3] }));
    const bytes = fs.readFileSync(path);
    // the type of the array: floating point, version 1; bit 0 of the field after it is the byte order
    const type = bytes.indexOf(Buffer.from([0x11, 0x20, 0x3f, 0x00, 8, 0, 0, 0]));
    bytes[type + 1] = 0x21;
    const first = Buffer.alloc(8);
    first.writeDoubleLE(0.5);
    const start = bytes.indexOf(first);
    bytes.subarray(start, start + 24).swap64();
    fs.writeFileSync(path, bytes);
    const file = await openHdf5File(path);
    expect(await file.dataset("x").read()).toEqual(numbers(3));
    await file.close();
  });

  test("reads the end of a file of 5 GB without holding it", async () => {
    const columns = 640_000_000;
    const { path, dataStart } = writeSparse("sparse.h5", columns);
    const last = Buffer.alloc(8);
    last.writeDoubleLE(42);
    const handle = fs.openSync(path, "r+");
    fs.writeSync(handle, last, 0, 8, dataStart + 8 * (columns - 1));
    fs.closeSync(handle);
    expect(fs.statSync(path).size).toBeGreaterThan(5e9);
    const before = process.memoryUsage().rss;
    const file = await openHdf5File(path);
    const dataset = file.dataset("raw");
    expect(dataset.shape).toEqual([1, columns]);
    for (let start = 0; start < 64; start++) {
      const from = start * 10_000_000;
      expect(
        (
          await dataset.read([
            [0, 1],
            [from, from + 500_000],
          ])
        )[0],
      ).toBe(start === 0 ? 0.5 : 0);
    }
    expect(
      (
        await dataset.read([
          [0, 1],
          [columns - 2, columns],
        ])
      )[1],
    ).toBe(42);
    expect(process.memoryUsage().rss - before).toBeLessThan(250e6);
    await file.close();
  });

  testWithShared("reads what other programs wrote", async () => {
    const file = await openHdf5File(sharedPath("hdf5/h5wasm/compressed.h5"));
    expect(file.keys().length).toBeGreaterThan(0);
    await file.close();
  });
});

describe("openHdf5File refuses in one line", () => {
  const bad = (name: string, bytes: Uint8Array | string) => {
    const path = join(folder, name);
    fs.writeFileSync(path, bytes);
    return path;
  };

  test("a file that is not there", async () => {
    await expect(openHdf5File(join(folder, "none.h5"))).rejects.toMatchObject({ code: "not-found" });
  });

  test.each(["", "text that goes on for a while", "\x89HDF\r\n\x1a\n"])("a file that is no HDF5: %j", async (text) => {
    const path = bad("no.h5", Buffer.from(text, "latin1"));
    await expect(openHdf5File(path)).rejects.toMatchObject({
      code: "bad-format",
      message: expect.stringMatching(/^\S*no\.h5: [^\n]*$/),
    });
  });

  test("a file that is cut short, with both lengths", async () => {
    const bytes = fs.readFileSync(write("whole.h5", (f) => f.create_dataset({ name: "x", data: numbers(3) })));
    const path = bad("cut.h5", bytes.subarray(0, bytes.length - 100));
    await expect(openHdf5File(path)).rejects.toMatchObject({
      code: "truncated",
      message: `${path}: has ${bytes.length - 100} bytes of ${bytes.length}; it is cut short, get it again`,
    });
  });

  test("a chunk that cannot be decompressed, and prints nothing", async () => {
    const shape = [2, 20_000];
    const data = Float64Array.from({ length: 40_000 }, (_, i) => Math.sin(i));
    const whole = write("packed.h5", (file) =>
      file.create_dataset({ name: "x", data, shape, chunks: [2, 4096], compression: 4 }),
    );
    const bytes = fs.readFileSync(whole);
    bytes.fill(0x55, bytes.length >> 1, (bytes.length >> 1) + 3000);
    const file = await openHdf5File(bad("damaged.h5", bytes));
    const printed = vi.spyOn(fs, "writeSync");
    await expect(file.dataset("x").read()).rejects.toMatchObject({
      code: "bad-format",
      message: expect.stringMatching(/^\S*damaged\.h5: the HDF5 library cannot read it \(.*filter.*\)$/),
    });
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
    // the library is as usable as before
    expect(
      (
        await file.dataset("x").read([
          [0, 1],
          [0, 3],
        ])
      )[1],
    ).toBe(Math.sin(1));
    await file.close();
  });

  test("a filter that the library lacks, saying so", async () => {
    const whole = write("deflated.h5", (file) =>
      file.create_dataset({ name: "x", data: numbers(100), shape: [100], chunks: [50], compression: 4 }),
    );
    const bytes = fs.readFileSync(whole);
    bytes.writeUInt16LE(32000, bytes.indexOf("deflate") - 8); // the number of LZF
    const file = await openHdf5File(bad("lzf.h5", bytes));
    const message = expect.stringMatching(/lzf\.h5: \/x: is packed with filter 32000 \(.*h5repack/);
    expect(() => file.dataset("x")).toThrow(expect.objectContaining({ code: "unsupported", message }));
    await file.close();
  });

  test("any damage without hanging, crashing or an error of another kind", async () => {
    const whole = write("fuzz.h5", (file) => {
      const group = file.create_group("0001");
      group.create_dataset({ name: "x", data: numbers(200), shape: [2, 100], chunks: [2, 10], compression: 4 });
      group.create_dataset({ name: "y", data: numbers(20), shape: [2, 10] });
    });
    const bytes = fs.readFileSync(whole);
    let refused = 0;
    for (let i = 0; i < 150; i++) {
      const copy = Buffer.from(bytes);
      copy[(i * 37) % bytes.length]! ^= 0xff;
      const path = bad("fuzzed.h5", copy);
      try {
        const file = await openHdf5File(path);
        try {
          for (const key of file.keys()) {
            for (const name of file.kind(key) === "group" ? file.keys(key) : []) {
              const { shape } = file.dataset(`${key}/${name}`);
              if (shape.every((length) => length < 1000)) await file.dataset(`${key}/${name}`).read();
            }
          }
        } finally {
          await file.close();
        }
      } catch (error) {
        expect(error).toMatchObject({ name: "ToolkitError", message: expect.not.stringContaining("\n") });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(10);
  });

  test("what is no array of numbers, ranges outside it and a closed file", async () => {
    const path = write("other.h5", (file) => {
      file.create_group("g");
      file.create_dataset({ name: "words", data: ["a", "b"] });
      file.create_dataset({ name: "x", data: numbers(6), shape: [2, 3] });
      file.create_dataset({ name: "huge", data: BigInt64Array.of(2n ** 60n + 1n) });
    });
    const file = await openHdf5File(path);
    const refusal = (code: string, message: string) => expect.objectContaining({ code, message });
    expect(() => file.dataset("g")).toThrow(refusal("not-found", `${path}: has no array "g"`));
    expect(() => file.dataset("none")).toThrow(refusal("not-found", `${path}: has no array "none"`));
    expect(() => file.keys("x")).toThrow(refusal("not-found", `${path}: has no group "x"`));
    expect(() => file.dataset("words")).toThrow(/words: holds no plain numbers; /);
    await expect(
      file.dataset("x").read([
        [0, 2],
        [1, 4],
      ]),
    ).rejects.toMatchObject({
      code: "bad-option",
      message: `${path}: /x: [0..2, 1..4] asked for; it has shape [2, 3]`,
    });
    await expect(file.dataset("huge").read()).rejects.toMatchObject({ code: "bad-value" });
    const dataset = file.dataset("x");
    await file.close();
    await file.close();
    await expect(dataset.read()).rejects.toMatchObject({ code: "bad-option" });
  });
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodeNpy, npyHeader, readNpy } from "../../src/formats/npy.ts";
import { sharedPath, testWithShared } from "../shared.ts";
import { expectRefusal } from "./refusal.ts";

interface NpyCase {
  name: string;
  bytes: string;
  shape: number[];
  values: number[];
}

const fixture = join(import.meta.dirname, "../fixtures/npyCases.json");
const { cases } = JSON.parse(readFileSync(fixture, "utf8")) as { cases: NpyCase[] };
const named = (name: string) => Buffer.from(cases.find((entry) => entry.name.startsWith(name))!.bytes, "base64");
const words = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);

/** A file of version 1.0 with any header text. */
function withHeader(text: string, entries = 0): Uint8Array {
  const header = new TextEncoder().encode(text);
  return Uint8Array.of(
    0x93,
    ...new TextEncoder().encode("NUMPY"),
    1,
    0,
    header.length,
    0,
    ...header,
    ...Array(entries).fill(0),
  );
}

describe("readNpy", () => {
  it.each(cases)("reads what NumPy writes: $name", ({ bytes, shape, values }) => {
    const array = readNpy(Buffer.from(bytes, "base64"), "x.npy");
    expect(array.shape).toEqual(shape);
    expect(Array.from(array.data)).toEqual(values);
  });

  it("keeps the element type where there is an array for it", () => {
    expect(readNpy(named("<f4"), "x").data).toBeInstanceOf(Float32Array);
    expect(readNpy(named(">i2"), "x").data).toBeInstanceOf(Int16Array);
    expect(readNpy(named("<i8"), "x").data).toBeInstanceOf(Float64Array);
  });

  it("refuses other files, naming what they look like", async () => {
    const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10);
    await expectRefusal(() => readNpy(png, "x.npy"), "bad-format", "x.npy", "PNG", "NUMPY");
    await expectRefusal(() => readNpy(new Uint8Array(0), "x.npy"), "bad-format", "x.npy");
  });

  it("refuses files that end early or go on", async () => {
    const bytes = encodeNpy(Float64Array.of(1, 2, 3));
    await expectRefusal(() => readNpy(bytes.subarray(0, -1), "x.npy"), "truncated", "24 bytes", "23", "byte 128");
    await expectRefusal(() => readNpy(bytes.subarray(0, 60), "x.npy"), "truncated", "128", "60");
    await expectRefusal(() => readNpy(bytes.subarray(0, 9), "x.npy"), "truncated", "9 bytes");
    await expectRefusal(() => readNpy(Uint8Array.of(...bytes, 0), "x.npy"), "bad-format", "1 bytes follow", "byte 152");
  });

  it("refuses a shape that claims more than the file before making room for it", () =>
    expectRefusal(
      () =>
        readNpy(withHeader("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999999), }\n"), "x"),
      "truncated",
      "99999999999",
    ));

  it("refuses types, versions and headers it does not know", async () => {
    const header = (descr: string) => withHeader(`{'descr': ${descr}, 'fortran_order': False, 'shape': (1,), }\n`, 16);
    await expectRefusal(() => readNpy(header("'<c16'"), "x"), "unsupported", "<c16");
    await expectRefusal(() => readNpy(header("'|O'"), "x"), "unsupported", "|O");
    await expectRefusal(() => readNpy(header("[('a', '<f8')]"), "x"), "unsupported", "several fields");
    await expectRefusal(() => readNpy(withHeader("{'shape': (1,)}"), "x"), "bad-format", "fortran_order");
    const version4 = encodeNpy(Float64Array.of(1));
    version4[6] = 4;
    await expectRefusal(() => readNpy(version4, "x"), "unsupported", "4.0");
  });

  it("refuses 64-bit integers that float64 does not hold", async () => {
    const bytes = named("<i8").slice();
    // the last entry becomes 2^53 + 1
    bytes.set([1, 0, 0, 0, 0, 0, 0x20, 0], bytes.length - 8);
    await expectRefusal(() => readNpy(bytes, "x"), "bad-value", "entry 23", "2^53");
  });

  testWithShared("reads matrices that NumPy saved", () => {
    const { shape, data } = readNpy(readFileSync(sharedPath("contrastive-nmf/a_X.npy")), "a_X.npy");
    expect(data.length).toBe(shape.reduce((product, length) => product * length, 1));
    expect(data.every((value) => value >= 0 && Number.isFinite(value))).toBe(true);
  });
});

describe("encodeNpy", () => {
  it.each(cases.filter(({ name }) => /^[<|][fiu][124]|^<f8|^version/.test(name)))(
    "writes the bytes NumPy writes: $name",
    ({ name, bytes, shape }) => {
      const original = Buffer.from(bytes, "base64");
      const { data } = readNpy(original, name);
      const written = encodeNpy(data, shape);
      // arrays in Fortran order and other versions are written anew in C order, version 1.0
      if (/C=True/.test(name)) expect(words(written)).toBe(words(original));
      expect(readNpy(written, name)).toEqual({ shape, data });
    },
  );

  it("writes one dimension unless told otherwise, and any array's own type", () => {
    expect(readNpy(encodeNpy(Int32Array.of(-1, 2)), "x")).toEqual({ shape: [2], data: Int32Array.of(-1, 2) });
    expect(readNpy(encodeNpy(Float64Array.of(7), []), "x")).toEqual({ shape: [], data: Float64Array.of(7) });
  });

  it("refuses a shape that does not hold the entries", async () => {
    await expectRefusal(() => encodeNpy(new Float64Array(6), [2, 2]), "bad-shape", "(2, 2)", "4", "6");
    await expectRefusal(() => encodeNpy(new Float64Array(6), [-2, -3]), "bad-shape", "-2");
  });

  it("refuses more dimensions than the header holds", () =>
    expectRefusal(() => npyHeader("<f8", Array<number>(30_000).fill(1)), "bad-shape", "30000"));
});

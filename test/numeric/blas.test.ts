import { afterEach, describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { type Blas, loadBlas } from "../../src/numeric/blas.ts";

const found = loadBlas();
const missing = "reason" in found ? found.reason : "";
const variable = "NEUROSTEER_BLAS";
const before = process.env[variable];

afterEach(() => {
  if (before === undefined) delete process.env[variable];
  else process.env[variable] = before;
});

describe("where there is no library", () => {
  it("a wrong path is a reason, not an exception, and says what was wrong", () => {
    process.env[variable] = "/nowhere/libmissing.so";
    const none = loadBlas();
    expect(none).toHaveProperty("reason");
    expect("reason" in none && none.reason).toContain("NEUROSTEER_BLAS is /nowhere/libmissing.so");
    expect("reason" in none && none.reason).not.toContain("\n");
  });

  it("a file that is no library is a reason", () => {
    process.env[variable] = import.meta.filename;
    expect(loadBlas()).toHaveProperty("reason");
  });

  it("NEUROSTEER_BLAS=none turns it off", () => {
    process.env[variable] = "none";
    expect(loadBlas()).toEqual({ reason: "NEUROSTEER_BLAS is none" });
  });

  it("the environment is as it was, and the answer the same at every call", () => {
    const threads = process.env.OPENBLAS_NUM_THREADS;
    expect(loadBlas()).toBe(found);
    expect(process.env.OPENBLAS_NUM_THREADS).toBe(threads);
  });
});

describe.skipIf(missing)(`products${missing && ` (skipped: ${missing})`}`, () => {
  const { sgemm, dgemm, addressOf, name } = found as Blas;

  it("say what computes them", () => {
    expect(name).toMatch(/\S/);
  });

  it.each([
    { product: sgemm, Floats: Float32Array, type: "single", rtol: 1e-5 },
    { product: dgemm, Floats: Float64Array, type: "double", rtol: 1e-13 },
  ])("in $type precision are those of plain loops, turned or not, added or not, in padded rows", (precision) => {
    const { product, Floats, rtol } = precision;
    const random = createRandom(precision.type);
    const stride = 40;
    const matrix = () => new Floats(Array.from({ length: 40 * stride }, () => random.uniform() + 0.1));
    for (const [m, n, k] of [
      [1, 1, 1],
      [3, 5, 7],
      [17, 31, 9],
    ] as const) {
      for (const mode of [0, 1, 2, 3, 4, 5, 6, 7]) {
        const [turnA, turnB, beta] = [(mode & 1) > 0, (mode & 2) > 0, mode >> 2];
        const [a, b, c] = [matrix(), matrix(), matrix()];
        const expected = Float64Array.from(c);
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let sum = beta * c[i * stride + j]!;
            for (let l = 0; l < k; l++) {
              sum += 2 * a[turnA ? l * stride + i : i * stride + l]! * b[turnB ? j * stride + l : l * stride + j]!;
            }
            expected[i * stride + j] = sum;
          }
        }
        const [pa, pb, pc] = [addressOf(a.buffer), addressOf(b.buffer), addressOf(c.buffer)];
        product(turnA, turnB, m, n, k, 2, pa, stride, pb, stride, beta, pc, stride);
        expect(c).toBeAllclose(expected, { rtol });
      }
    }
  });

  it("reach into WebAssembly memory", () => {
    const { buffer } = new WebAssembly.Memory({ initial: 1 });
    const numbers = new Float64Array(buffer, 4096, 3);
    numbers.set([3, 5]);
    const address = addressOf(buffer) + numbers.byteOffset;
    dgemm(false, false, 1, 1, 1, 1, address, 1, address + 8, 1, 0, address + 16, 1);
    expect(numbers[2]).toBe(15);
  });
});

import { afterEach, describe, expect, it } from "vitest";
import type { Matrix } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { loadBlas } from "../../src/numeric/blas.ts";
import { kernelBuild } from "../../src/numeric/kernels.ts";
import { contrastiveNmf } from "../../src/separation/contrastiveNmf.ts";
import { convolutiveNmf } from "../../src/separation/convolutiveNmf.ts";
import { type Accelerator, acceleratorName, accelerators, createModel } from "../../src/separation/createModel.ts";
import { nmf } from "../../src/separation/nmf.ts";

const variable = "NEUROSTEER_BLAS";
const before = process.env[variable];
const found = loadBlas();
const missing = "reason" in found ? ` (skipped: ${found.reason})` : "";
const noKoffi = missing.includes("koffi") ? missing : "";
const portable = `portable (${kernelBuild()})`;

afterEach(() => {
  if (before === undefined) delete process.env[variable];
  else process.env[variable] = before;
});

const random = createRandom("createModel");
const matrix = (rows: number, columns: number): Matrix<Float64Array> => ({
  rows,
  columns,
  data: Float64Array.from({ length: rows * columns }, () => random.uniform() + 0.1),
});
const [x, w, h] = [matrix(9, 7), matrix(2, 7), matrix(2, 9)];
const make = (accelerator: Accelerator) => createModel(x, w, h, { accelerator, beta: 1, precision: "float64" });

describe("createModel where no BLAS can be loaded", () => {
  it("refuses a BLAS asked for by name, and says what was tried and what to do", () => {
    process.env[variable] = "/no/such/file";
    expect(() => make("blas")).toThrow(expect.objectContaining({ name: "ToolkitError", code: "not-found" }));
    expect(() => make("blas")).toThrow(/^accelerator: no BLAS can be loaded \(.+\); install the npm package koffi/);
    expect(() => make("blas")).toThrow(/or use "portable"$/);
    process.env[variable] = "none";
    expect(() => make("blas")).toThrow(/NEUROSTEER_BLAS is none/);
    expect(() => acceleratorName("blas")).toThrow(/NEUROSTEER_BLAS is none/);
  });

  it.skipIf(noKoffi !== "")(`names the file that NEUROSTEER_BLAS asks for${noKoffi}`, () => {
    process.env[variable] = "/no/such/file";
    expect(() => make("blas")).toThrow(/NEUROSTEER_BLAS is \/no\/such\/file: /);
  });

  it("falls back to the portable kernels with auto, and gives the same numbers", () => {
    process.env[variable] = "/no/such/file";
    const model = make("auto");
    expect(model.accelerator).toBe(portable);
    expect(acceleratorName("auto")).toBe(portable);
    expect(model.divergence()).toBe(make("portable").divergence());
  });

  it("refuses in a factorization what it refuses in a model", () => {
    process.env[variable] = "/no/such/file";
    expect(() => nmf(x, { components: 2, accelerator: "blas" })).toThrow(
      expect.objectContaining({ code: "not-found" }),
    );
    expect(nmf(x, { components: 2, iterations: 1, accelerator: "auto" }).accelerator).toBe(portable);
  });
});

describe.skipIf(missing !== "")(`createModel where there is a BLAS${missing}`, () => {
  const { name } = found as Exclude<typeof found, { reason: string }>;

  it("takes it by name and with auto, and says which", () => {
    expect(make("blas").accelerator).toBe(name);
    expect(make("auto").accelerator).toBe(name);
  });

  it("gives the numbers of the portable kernels but for rounding", () => {
    expect([make("blas").divergence()]).toBeAllclose([make("portable").divergence()], { rtol: 1e-12 });
  });
});

describe("createModel", () => {
  it("takes the portable kernels by name, whatever there is", () => {
    expect(make("portable").accelerator).toBe(portable);
  });

  it("makes models of the name that is told without one", () => {
    for (const accelerator of ["auto", "portable"] as const) {
      expect(make(accelerator).accelerator).toBe(acceleratorName(accelerator));
    }
  });

  it("passes the precision, the divergence and the room on", () => {
    for (const accelerator of ["auto", "portable"] as const) {
      const options = { accelerator, beta: 0.5, precision: "float32", extraBytes: 4e6 } as const;
      const model = createModel(x, w, h, options);
      expect(model).toMatchObject({ beta: 0.5, frames: 9, bins: 7, components: 2 });
      expect(model.dictionary).toBeInstanceOf(Float32Array);
      expect(model.arena.array(1e6).array).toHaveLength(1e6);
    }
  });
});

const guide = matrix(1, 9);
it.each([
  { who: "nmf", run: (accelerator: Accelerator) => nmf(x, { components: 2, accelerator }) },
  {
    who: "convolutiveNmf",
    run: (accelerator: Accelerator) => convolutiveNmf(x, { components: 2, templateFrames: 2, accelerator }),
  },
  {
    who: "contrastiveNmf",
    run: (accelerator: Accelerator) => contrastiveNmf(x, guide, { components: 2, attendedComponents: 1, accelerator }),
  },
])("$who refuses an accelerator that is none before anything is computed, and lists those there are", (method) => {
  const { who, run } = method;
  expect(() => run("gpu" as Accelerator)).toThrow(
    expect.objectContaining({ name: "ToolkitError", code: "bad-option" }),
  );
  expect(() => run("gpu" as Accelerator)).toThrow(
    `${who}: accelerator is "gpu"; it must be one of ${accelerators.join(", ")}`,
  );
  expect(run("portable").accelerator).toBe(portable);
});

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { loadBlas } from "../../src/numeric/blas.ts";
import { nmf } from "../../src/separation/nmf.ts";
import plain from "../fixtures/betaNmf.json" with { type: "json" };
import convolutive from "../fixtures/convolutiveNmf.json" with { type: "json" };
import { sharedPath, testWithShared } from "../shared.ts";
import { command, namesIn, temporaryFolder } from "./command.ts";
import { arrayOf, elementType, readArray, readFactors, writeArray } from "./factorizeFiles.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const file = (name: string, nested: unknown) => writeArray(at(`${name}.npy`), nested);
const x = file("X", plain.withZeros);
const [w0, h0] = [file("W0", plain.W0), file("H0", plain.H0)];
const double = ["--precision", "float64", "--tolerance", "0"];
let count = 0;

/** Runs `factorize` into a new folder. */
async function factorized(args: readonly string[]) {
  const out = at(`out ${count++}`);
  const outcome = await command(["factorize", ...args, "--out", out]);
  expect(outcome.error).toBe("");
  expect(outcome.code).toBe(0);
  return { ...readFactors(out), out, outcome };
}

describe("neurosteer factorize", () => {
  const cases = plain.cases.map((each, i) => ({ ...each, i })).filter(({ i }) => [0, 3, 6, 9, 11, 13].includes(i));
  test.each(cases)("gives scikit-learn's W, H and costs: beta $beta, order $order, case $i", async (expected) => {
    const { beta, order, spectrogram, iterations, sparsityActivations, sparsityDictionary } = expected;
    const data = file(spectrogram, plain[spectrogram as "positive" | "withZeros"]);
    const { W, H, cost } = await factorized([
      ...[data, "--method", "nmf", "--components", "4", "--init-w", w0, "--init-h", h0, ...double],
      ...["--beta", `${beta}`, "--update-order", order, "--iterations", `${iterations}`],
      ...["--sparsity-h", `${sparsityActivations}`, "--sparsity-w", `${sparsityDictionary}`],
    ]);
    expect([W.shape, H.shape]).toEqual([arrayOf(expected.W).shape, arrayOf(expected.H).shape]);
    expect(cost.cost).toBeAllclose(expected.cost, { rtol: 1e-8 });
    expect(W.data).toBeAllclose(arrayOf(expected.W).data, { rtol: 1e-6, atol: 1e-9 });
    expect(H.data).toBeAllclose(arrayOf(expected.H).data, { rtol: 1e-6, atol: 1e-9 });
  });

  const patches = convolutive.cases.filter(
    ({ dictionaryUpdate, tail, beta }) =>
      dictionaryUpdate === "joint" && tail !== "zero" && tail !== "available" && beta > 0,
  );
  test.each(patches)("gives the convolutive model of the paper: $algorithms.0, beta $beta", async (expected) => {
    const { W0, H0 } = convolutive.starts["3"];
    const { W, H, cost } = await factorized([
      file("patches X", convolutive[expected.spectrogram as "positive" | "withZeros"]),
      ...["--method", "convolutive-nmf", "--components", "2", "--template-frames", "3", ...double],
      ...["--init-w", file("patches", W0), "--init-h", file("patches H0", H0), "--beta", `${expected.beta}`],
      ...["--update", expected.algorithms[0]!, "--iterations", `${expected.iterations}`],
    ]);
    expect(cost.cost).toBeAllclose(expected.cost, { rtol: 1e-8 });
    expect([W.shape, H.shape]).toEqual([
      [3, 8, 2],
      [2, 12],
    ]);
    expect(W.data).toBeAllclose(arrayOf(expected.W).data, { rtol: 1e-6, atol: 1e-9 });
    expect(H.data).toBeAllclose(arrayOf(expected.H).data, { rtol: 1e-6, atol: 1e-9 });
  });

  for (const name of ["a", "b"]) {
    testWithShared(`gives W, H and log of the published contrastive NMF, case ${name}`, async () => {
      const { K, nr, delta, mu, beta, it, loggedCost } = JSON.parse(
        readFileSync(sharedPath("contrastive-nmf/cases.json"), "utf8"),
      )[name];
      const shared = (array: string) => sharedPath(`contrastive-nmf/${name}_${array}.npy`);
      const { W, H, cost, facts } = await factorized([
        ...[shared("X"), "--method", "contrastive-nmf", "--compat", "cantisani2021", "--components", `${K}`],
        ...["--guide", shared("S"), "--init-w", shared("W0"), "--init-h", shared("H0"), "--sources", `${nr}`],
        ...["--delta", `${delta}`, "--sparsity-h", `${mu}`, "--sparsity-w", `${beta}`, "--iterations", `${it}`],
      ]);
      expect(W.shape).toEqual(readArray(shared("W")).shape);
      expect(W.data).toBeAllclose(readArray(shared("W")).data, { rtol: 1e-10 });
      expect(H.data).toBeAllclose(readArray(shared("H")).data, { rtol: 1e-10 });
      expect(cost.loggedCost).toBeAllclose(loggedCost, { rtol: 1e-10 });
      expect(cost.cost).toEqual([cost.cost[0], ...cost.loggedCost]);
      expect(facts).toMatchObject({ compat: "cantisani2021", iterations: it, stop: "iterations" });
    });
  }

  it("begins the published log with the same formula at the start", async () => {
    // K = 2, one attended: rows (3, 4)/5 and (1, 0) of H after scaling, the guide (0, 1)
    const [W, H] = [
      [
        [1, 2],
        [3, 1],
      ],
      [
        [3, 4],
        [2, 1e-9],
      ],
    ] as const;
    const X = [
      [9, 2],
      [8, 14],
    ];
    const { cost } = await factorized([
      ...[file("small X", X), "--method", "contrastive-nmf", "--compat", "cantisani2021", "--components", "2"],
      ...["--guide", file("small S", [[0, 7]]), "--init-w", file("small W", W), "--init-h", file("small H", H)],
      ...["--delta", "0.5", "--sparsity-h", "0.3", "--sparsity-w", "0.2", "--iterations", "1"],
    ]);
    // W with the norms 5 and 2 of the rows of H: columns (5, 15) and (4, 2)
    const V = [
      [5 * 0.6 + 4, 5 * 0.8],
      [15 * 0.6 + 2, 15 * 0.8],
    ];
    const kl = V.flat().reduce((sum, v, i) => sum + X.flat()[i]! * Math.log(X.flat()[i]! / v) - X.flat()[i]! + v, 0);
    const expected = Math.sqrt(2 * kl) - 0.5 * 0.8 + 0.3 * Math.SQRT2 + 0.2 * Math.sqrt(25 + 225 + 16 + 4);
    expect(cost.cost).toHaveLength(2);
    expect(cost.cost[0]).toBeCloseTo(expected, 7);
  });

  it("steers contrastive NMF: attended rows take after the guide, rows have unit norm", async () => {
    const guide = plain.withZeros[2]!.map((value) => value - 0.2);
    const { W, H, cost, facts } = await factorized([
      ...[x, "--method", "contrastive-nmf", "--components", "4", "--guide", file("S", [guide]), "--iterations", "40"],
      ...["--relative-delta", "0.5", "--background-components", "1", "--rectification", "relu"],
    ]);
    expect([W.shape, H.shape]).toEqual([
      [18, 4],
      [4, 15],
    ]);
    const clipped = guide.map((value) => Math.max(0, value));
    const likeness = (k: number) =>
      Array.from(H.data.slice(15 * k, 15 * k + 15)).reduce((sum, h, n) => sum + h * clipped[n]!, 0) /
      Math.hypot(...clipped);
    for (let k = 0; k < 4; k++) expect(Math.hypot(...H.data.slice(15 * k, 15 * k + 15))).toBeCloseTo(1, 5);
    expect(likeness(0)).toBeGreaterThan(Math.max(likeness(1), likeness(2)));
    expect(facts.groups).toEqual({ attended: [0], unattended: [1, 2], background: [3] });
    expect(facts.options).toMatchObject({ delta: 0.5, deltaScale: "relative", guide: at("S.npy"), update: "sphere" });
    expect(cost.cost).toEqual(cost.cost.toSorted((a: number, b: number) => b - a));
  });

  it("takes --delta as that of the cost", async () => {
    const args = [x, "--method", "contrastive-nmf", "--components", "2", "--guide", file("S1", [plain.H0[0]!])];
    const { facts } = await factorized([...args, "--delta", "3", "--iterations", "2"]);
    expect(facts).toMatchObject({ delta: 3, options: { deltaScale: "absolute", delta: 3 } });
  });

  it("lays patches of contrastive NMF out as T x bins x K", async () => {
    const args = [x, "--method", "contrastive-nmf", "--components", "3", "--guide", file("S2", [plain.H0[0]!])];
    const patches = ["--template-frames", "2"];
    const { W, H } = await factorized([...args, ...patches, "--iterations", "2"]);
    expect(W.shape).toEqual([2, 18, 3]);
    const starts = ["--init-w", file("W2", W), "--init-h", file("H2", H)];
    const again = await factorized([...args, ...patches, ...starts, "--iterations", "0"]);
    expect(again.W.data).toBeAllclose(W.data, { rtol: 1e-5 });
    expect(again.H.data).toBeAllclose(H.data, { rtol: 1e-5 });
  });

  test.each([
    ["float32", "<f4"],
    ["float64", "<f8"],
  ])("writes %s as NumPy's %s", async (precision, type) => {
    const { out, facts } = await factorized([x, "--components", "2", "--precision", precision, "--iterations", "3"]);
    expect([elementType(join(out, "W.npy")), elementType(join(out, "H.npy"))]).toEqual([type, type]);
    expect(facts.options.precision).toBe(precision);
  });

  it("reads integers, either precision, and Fortran order alike", async () => {
    const integers = plain.positive.map((row) => row.map((value) => Math.round(10 * value)));
    const { shape, data } = arrayOf(integers);
    const args = ["--components", "3", "--iterations", "5"];
    const expected = await factorized([file("f8", integers), ...args]);
    const turned = integers[0]!.map((_, n) => integers.map((row) => row[n]!));
    const bytes = Buffer.from(readFileSync(file("fortran", turned)));
    const header = bytes.subarray(0, 128).toString("latin1");
    bytes.write(
      header.replace("'fortran_order': False", "'fortran_order': True ").replace("(15, 18)", "(18, 15)"),
      "latin1",
    );
    writeFileSync(at("fortran.npy"), bytes);
    const files = [
      file("i4", { shape, data: Int32Array.from(data) }),
      file("u1", { shape, data: Uint8Array.from(data) }),
      file("f4", { shape, data: Float32Array.from(data) }),
      at("fortran.npy"),
    ];
    for (const path of files) {
      const { W, H } = await factorized([path, ...args]);
      expect([W, H]).toEqual([expected.W, expected.H]);
    }
  });

  it("leaves four files: factors, costs with the start first, and what was done", async () => {
    const { out, cost, facts, outcome } = await factorized([
      x,
      "--components",
      "3",
      "--iterations",
      "7",
      "--tolerance",
      "0",
    ]);
    expect(namesIn(out)).toEqual(["H.npy", "W.npy", "cost.json", "factorization.json"]);
    expect(cost.cost).toHaveLength(8);
    expect(facts).toMatchObject({
      ...{ method: "nmf", bins: 18, frames: 15, stop: "iterations", iterations: 7, warnings: [] },
      cost: [cost.cost[0], cost.cost[7]],
      options: { components: 3, beta: 1, seed: 0, precision: "float32", initialization: "random", starts: 1 },
    });
    expect(facts.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(facts.accelerator).toMatch(/^portable/);
    expect(facts.diagnostics.components).toHaveLength(3);
    expect(outcome.out).toContain("W.npy");
  });

  it("says the same as one JSON object", async () => {
    const { out, facts, outcome } = await factorized([x, "--components", "3", "--iterations", "20", "--json"]);
    const said = JSON.parse(outcome.out);
    expect(said).toMatchObject({
      out,
      method: "nmf",
      files: namesIn(out).toSorted((a, b) => said.files.indexOf(a) - said.files.indexOf(b)),
    });
    for (const name of ["cost", "stop", "iterations", "accelerator", "warnings"])
      expect(said[name]).toEqual(facts[name]);
  });

  it("stops when the cost settles, or the time is up", async () => {
    const args = [x, "--components", "2", "--iterations", "100000"];
    const settled = await factorized([...args, "--tolerance", "0.01"]);
    expect(settled.facts).toMatchObject({ stop: "tolerance" });
    const late = await factorized([...args, "--tolerance", "0", "--max-seconds", "0.05"]);
    expect(late.facts).toMatchObject({ stop: "time", options: { iterations: 100000, maxSeconds: 0.05 } });
    expect(late.facts.iterations).toBeGreaterThan(0);
  });

  it("keeps what is fixed, all or by number", async () => {
    const args = [x, "--components", "4", "--init-w", w0, "--init-h", h0, "--iterations", "5", ...double];
    const allW = await factorized([...args, "--fix-w"]);
    expect(allW.W.data).toEqual(readArray(w0).data);
    expect(allW.H.data).not.toEqual(readArray(h0).data);
    const some = await factorized([...args, "--fix-h", "0,2"]);
    const rowOf = (values: ArrayLike<number>, k: number) => Array.from(values).slice(15 * k, 15 * k + 15);
    for (const k of [0, 1, 2, 3]) {
      const [is, was] = [rowOf(some.H.data, k), rowOf(readArray(h0).data, k)];
      if (k % 2 === 0) expect(is).toEqual(was);
      else expect(is).not.toEqual(was);
    }
  });

  it("keeps the best of several starts, as the library does", async () => {
    const { cost, facts, W } = await factorized([
      x,
      "--components",
      "4",
      "--starts",
      "3",
      "--seed",
      "5",
      "--iterations",
      "15",
    ]);
    const { rows, columns, data } = { rows: 15, columns: 18, data: new Float64Array(270) };
    for (let i = 0; i < 270; i++) data[i] = plain.withZeros[i % 18]![Math.floor(i / 18)]!;
    const expected = nmf({ rows, columns, data }, { components: 4, starts: 3, seed: 5, iterations: 15 });
    expect(facts.startCosts).toEqual(expected.startCosts);
    expect(cost.cost).toEqual(expected.cost);
    expect(cost.cost.at(-1)).toBe(Math.min(...facts.startCosts));
    expect(Array.from(W.data).slice(0, 4)).toEqual([0, 1, 2, 3].map((k) => expected.dictionary.data[18 * k]));
  });

  it("starts from a decomposition and relaxes over, where asked to", async () => {
    const args = [
      x,
      "--components",
      "4",
      "--initialization",
      "nndsvda",
      "--over-relaxation",
      "1.5",
      "--iterations",
      "10",
    ];
    const { facts, cost } = await factorized(args);
    expect(facts.options).toMatchObject({ initialization: "nndsvda", overRelaxation: 1.5 });
    const random = await factorized([x, "--components", "4", "--iterations", "10"]);
    expect(cost.cost[0]).toBeLessThan(random.cost.cost[0]);
  });

  it("gives the same bytes again, and others with another seed", async () => {
    const bytes = async (...args: string[]) => {
      const { out } = await factorized([x, "--components", "3", "--iterations", "8", ...args]);
      return ["W.npy", "H.npy", "cost.json", "factorization.json"].map((name) =>
        readFileSync(join(out, name), "latin1"),
      );
    };
    const first = await bytes();
    expect(await bytes()).toEqual(first);
    expect((await bytes("--seed", "1"))[0]).not.toEqual(first[0]);
  });

  it("warns of more components than the data can tell apart, and goes on", async () => {
    for (const method of [["nmf"], ["contrastive-nmf", "--compat", "cantisani2021", "--delta", "1", "--guide", h0]]) {
      const out = at(`many ${method[0]}`);
      const args = [
        "factorize",
        x,
        "--components",
        "16",
        "--iterations",
        "2",
        "--out",
        out,
        "--json",
        "--method",
        ...method,
      ];
      const { code, error, out: said } = await command(args);
      expect(code).toBe(0);
      expect(error).toMatch(/^neurosteer: warning: .*components is 16 for a spectrogram of 15 frames and 18 bins.*\n$/);
      expect(JSON.parse(said).warnings).toHaveLength(1);
      expect(readFactors(out).facts.warnings).toEqual(JSON.parse(said).warnings);
    }
  });

  it("replaces a folder only when told to, and only its own", async () => {
    const { out } = await factorized([x, "--components", "2", "--iterations", "1"]);
    const args = ["factorize", x, "--components", "3", "--iterations", "1"];
    const refused = await command([...args, "--out", out]);
    expect(refused).toMatchObject({ code: 2, error: expect.stringMatching(/is there already.*--overwrite/) });
    expect((await command([...args, "--out", out, "--overwrite"])).code).toBe(0);
    expect(readFactors(out).W.shape).toEqual([18, 3]);
    const foreign = await command([...args, "--out", folder, "--overwrite"]);
    expect(foreign).toMatchObject({ code: 2, error: expect.stringMatching(/holds no factorization\.json/) });
  });

  it("names in its help the library's defaults and what computes here", async () => {
    const { code, out } = await command(["factorize", "--help"]);
    expect(code).toBe(0);
    const words = out.replace(/\s+/g, " ");
    expect(words).toMatch(/--iterations <n> most iterations \(default: 200\)/);
    expect(words).toMatch(/--precision <type>.*\(default: float32\)/);
    expect(words).toMatch(/--relative-delta <R>.*\(default: 0\.2\)/);
    const blas = loadBlas();
    const name = "name" in blas ? blas.name : "portable";
    expect(words).toContain(`--accelerator auto is ${name}`);
    expect(words).toMatch(/kernels of portable are the (relaxed-simd|simd128) build/);
  });

  it.runIf("name" in loadBlas())("computes the same by a BLAS, and says so", async () => {
    const args = [x, "--components", "4", "--init-w", w0, "--init-h", h0, "--iterations", "20", ...double];
    const [portable, blas] = [await factorized(args), await factorized([...args, "--accelerator", "blas"])];
    expect(blas.W.data).toBeAllclose(portable.W.data, { rtol: 1e-8, atol: 1e-12 });
    expect(blas.facts.accelerator).not.toMatch(/portable/);
  });
});

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { runInSlices } from "../../src/cli/commands/factorizeSlices.ts";
import type { Matrix } from "../../src/core/matrix.ts";
import { decodeCheckpoint } from "../../src/separation/checkpointFile.ts";
import { contrastiveNmf } from "../../src/separation/contrastiveNmf.ts";
import { convolutiveNmf } from "../../src/separation/convolutiveNmf.ts";
import type { Checkpoint, DescentResult } from "../../src/separation/descent.ts";
import { nmf } from "../../src/separation/nmf.ts";
import plain from "../fixtures/betaNmf.json" with { type: "json" };
import { command, namesIn, temporaryFolder } from "./command.ts";
import { arrayOf, readFactors, writeArray } from "./factorizeFiles.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const x = writeArray(at("X.npy"), plain.withZeros);
const guide = writeArray(at("S.npy"), [plain.H0[1]!]);
const many = ["--iterations", "1500", "--tolerance", "0", "--checkpoint-every", "20"];

let count = 0;

/** Interrupts a run as soon as it has left a checkpoint. */
async function interrupted(args: readonly string[], checkpoint: string) {
  const interrupt = new AbortController();
  const look = setInterval(() => existsSync(checkpoint) && interrupt.abort(), 0);
  return command(args, interrupt.signal).finally(() => clearInterval(look));
}

const methods: [string, string[]][] = [
  ["nmf", ["--components", "3", "--over-relaxation", "1.6"]],
  ["nmf", ["--components", "3", "--initialization", "nndsvda", "--cost-every", "3"]],
  ["convolutive-nmf", ["--components", "2", "--template-frames", "3"]],
  ["contrastive-nmf", ["--components", "3", "--guide", guide, "--precision", "float64"]],
  ["contrastive-nmf", ["--components", "3", "--guide", guide, "--beta", "2", "--template-frames", "2"]],
];

describe("neurosteer factorize --checkpoint", () => {
  test.each(methods)("goes on as if it had never been interrupted: %s %j", async (method, options) => {
    const args = ["factorize", x, "--method", method, ...options, ...many];
    const name = `run ${count++}`;
    const [out, whole, checkpoint] = [at(`${name} out`), at(`${name} whole`), at(`${name}.ckpt`)];
    const before = namesIn(folder);
    const stopped = await interrupted([...args, "--out", out, "--checkpoint", checkpoint], checkpoint);
    expect(stopped.code).toBe(130);
    expect(stopped.out).toBe("");
    expect(stopped.error).toMatch(
      /interrupted after \d+ iterations; .*\.ckpt holds the state, the same command goes on from it/,
    );
    expect(namesIn(folder)).toEqual([...before, `${name}.ckpt`].sort());
    const { iterations } = decodeCheckpoint(new Uint8Array(readFileSync(checkpoint)), checkpoint);
    expect(iterations).toBeGreaterThanOrEqual(20);
    expect(iterations).toBeLessThan(1500);

    expect((await command([...args, "--out", out, "--checkpoint", checkpoint])).code).toBe(0);
    expect(existsSync(checkpoint)).toBe(false);
    expect((await command([...args.slice(0, -2), "--out", whole])).code).toBe(0);
    const [resumed, expected] = [readFactors(out), readFactors(whole)];
    expect(resumed.W).toEqual(expected.W);
    expect(resumed.H).toEqual(expected.H);
    expect(resumed.cost).toEqual(expected.cost);
    expect(resumed.facts.iterations).toBe(1500);
  });

  const start = ["factorize", x, "--components", "3", ...many, "--out", at("none"), "--checkpoint"];

  it("may be told to stop later than the interrupted run was", async () => {
    const checkpoint = at("later.ckpt");
    await interrupted([...start, checkpoint], checkpoint);
    const { code } = await command([...start, checkpoint, "--iterations", "1600", "--out", at("later")]);
    expect(code).toBe(0);
    expect(readFactors(at("later")).cost.cost).toHaveLength(1601);
  });

  it("refuses the checkpoint of another run, a damaged one and another file, and leaves it", async () => {
    const checkpoint = at("other.ckpt");
    await interrupted([...start, checkpoint], checkpoint);
    const bytes = readFileSync(checkpoint);
    const expectRefusal = async (args: readonly string[], code: number, message: RegExp) => {
      const outcome = await command(args);
      expect(outcome.error).toMatch(message);
      expect(outcome.error.trim()).not.toContain("\n");
      expect(outcome.code).toBe(code);
      expect(existsSync(at("none"))).toBe(false);
    };
    for (const change of [
      ["--seed", "1"],
      ["--beta", "2"],
      ["--components", "2"],
      ["--method", "convolutive-nmf", "--template-frames", "1"],
    ]) {
      await expectRefusal([...start, checkpoint, ...change], 2, /other\.ckpt: is the checkpoint of another run/);
    }
    const changed = writeArray(at("changed.npy"), plain.positive);
    await expectRefusal(["factorize", changed, ...start.slice(2), checkpoint], 2, /of another run, with other data/);
    expect(readFileSync(checkpoint).equals(bytes)).toBe(true);

    writeFileSync(checkpoint, bytes.subarray(0, bytes.length - 5));
    await expectRefusal([...start, checkpoint], 1, /other\.ckpt: has \d+ of the \d+ bytes/);
    bytes[bytes.length - 9]! ^= 4;
    writeFileSync(checkpoint, bytes);
    await expectRefusal([...start, checkpoint], 1, /other\.ckpt: is damaged/);
    writeFileSync(checkpoint, "notes");
    await expectRefusal([...start, checkpoint], 1, /other\.ckpt: is no checkpoint/);
    expect(readFileSync(checkpoint, "utf8")).toBe("notes");
  });

  it("says so where no checkpoint can be written", async () => {
    const { code, error } = await command([...start, join(x, "no.ckpt")]);
    expect(code).toBe(1);
    expect(error).toMatch(/no\.ckpt: cannot be written/);
    expect(existsSync(at("none"))).toBe(false);
  });
});

describe("neurosteer factorize", () => {
  test.each([[], ["--method", "contrastive-nmf", "--compat", "cantisani2021", "--delta", "1", "--guide", guide]])(
    "stops when interrupted, with exit code 130 and nothing left behind: %j",
    async (...options) => {
      const before = namesIn(folder);
      const interrupt = new AbortController();
      setTimeout(() => interrupt.abort(), 50);
      const args = [
        "factorize",
        x,
        "--components",
        "3",
        "--iterations",
        "100000000",
        "--out",
        at("stopped"),
        ...options,
      ];
      const { code, error } = await command(
        options.length > 0 ? args : [...args, "--tolerance", "0"],
        interrupt.signal,
      );
      expect(code).toBe(130);
      expect(error).toMatch(/interrupted; nothing was left behind/);
      expect(namesIn(folder)).toEqual(before);
    },
  );
});

describe("runInSlices", () => {
  const { data } = arrayOf(plain.positive);
  const spectrogram = { rows: 18, columns: 15, data };
  const steering = { rows: 1, columns: 18, data: Float64Array.from({ length: 18 }, (_, n) => n % 4) };
  const common = { components: 3, tolerance: 1e-5 };
  const runs: Record<string, (options: object) => DescentResult & { dictionary: Matrix; activations: Matrix }> = {
    nmf: (options: object) => nmf(spectrogram, { ...common, overRelaxation: 1.7, ...options }),
    "convolutive NMF by MM1": (options: object) =>
      convolutiveNmf(spectrogram, { ...common, templateFrames: 3, update: "mm1", beta: 0.5, ...options }),
    "contrastive NMF on the sphere": (options: object) =>
      contrastiveNmf(spectrogram, steering, { ...common, ...options }),
    "contrastive NMF by halving": (options: object) =>
      contrastiveNmf(spectrogram, steering, { ...common, update: "halving", sparsityActivations: 0.1, ...options }),
  };
  const setting = { maxSeconds: Number.POSITIVE_INFINITY, signal: new AbortController().signal };

  test.each(Object.entries(runs))("gives what one run gives, bit for bit: %s", async (_, run) => {
    const expected = run({ iterations: 500 });
    const seen: number[] = [];
    const states: Checkpoint[] = [];
    const result = await runInSlices(run, {
      ...{ ...setting, iterations: 500, firstSeconds: 1e-4 },
      onSlice: (iterations) => seen.push(iterations),
      checkpoint: { path: "c", every: 7, write: async (state) => void states.push(state) },
    });
    expect(result.dictionary).toEqual(expected.dictionary);
    expect(result.activations).toEqual(expected.activations);
    expect(result.cost).toEqual(expected.cost);
    expect(result.stop).toBe(expected.stop);
    const boundaries = Array.from({ length: Math.ceil(expected.iterations / 7) - 1 }, (_, i) => 7 * (i + 1));
    expect(states.map(({ iterations }) => iterations)).toEqual(boundaries);
    expect(seen.length).toBeGreaterThanOrEqual(boundaries.length);
  });

  it("keeps to the time that is given in all", async () => {
    const result = await runInSlices((slice) => runs.nmf!({ tolerance: 0, ...slice }), {
      ...{ ...setting, iterations: 1e9, maxSeconds: 0.06, firstSeconds: 0.01 },
    });
    expect(result.stop).toBe("time");
  });
});

import { describe, expect, it } from "vitest";
import { expandMethods, methodsByFamily } from "../../../pipelines/neuroSteered/methods/expandMethods.ts";
import type { SeparationInput } from "../../../pipelines/neuroSteered/methods/separationInput.ts";
import type { SeparationMethod } from "../../../pipelines/neuroSteered/methods/separationMethod.ts";
import { separationMethods } from "../../../pipelines/neuroSteered/methods/separationMethods.ts";
import { trialInput } from "../../../pipelines/neuroSteered/methods/trialInput.ts";
import { siSdr } from "../../../src/index.ts";
import { type SyntheticOptions, smallOptions, syntheticTrial } from "./syntheticTrial.ts";

const methods = expandMethods(["all"], smallOptions.separation);
const byId = (id: string) => methods.find(({ info }) => info.id === id)!;
const panning = [
  [0.9, 0.4],
  [0.35, 0.8],
] as const;

function inputOf(options: SyntheticOptions): SeparationInput {
  const other = syntheticTrial({ ...options, seed: `not ${options.seed}` });
  return trialInput({ ...syntheticTrial(options), other: other.decoded }, smallOptions);
}

/** Two mixtures, each source attended once. */
const trials = (["first", "second"] as const).flatMap((seed) =>
  ([0, 1] as const).map((attended) => inputOf({ seed, attended, panning })),
);

const gainOf = (estimate: Float64Array, { attended, mixture }: SeparationInput) =>
  siSdr(attended, estimate) - siSdr(attended, mixture);
const estimates = new Map(
  methods.map(({ info, separate }) => [info.id, trials.map((input) => separate(input)!.estimate)]),
);
const gains = new Map(
  methods.map(({ info: { id } }) => [id, estimates.get(id)!.map((estimate, t) => gainOf(estimate, trials[t]!))]),
);
const isSame = (a: Float64Array, b: Float64Array) => Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("the rows of the study's table", () => {
  it("have an id each, and keep those they were published with", () => {
    const ids = separationMethods.map(({ info }) => info.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of [
      "unprocessed-mixture",
      "blind-nmf",
      "blind-nmf-timbre",
      "blind-nmf-timbre-other-trial",
      "convolutive-nmf",
      "contrastive-nmf-multiplicative",
      "contrastive-nmf-sphere",
      "contrastive-nmf-other-trial",
      "contrastive-nmf-true-activations",
      "ideal-binary-mask",
    ])
      expect(ids).toContain(id);
    for (const id of ids) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  it("have labels that tell them apart", () => {
    expect(new Set(separationMethods.map(({ info }) => info.label)).size).toBe(separationMethods.length);
  });

  it("compare each control and each variant of a guide with a row of its family and options", () => {
    for (const { info, variantOf, family, options } of separationMethods) {
      if (info.role === "control") expect(variantOf, info.id).toBeDefined();
      if (variantOf !== undefined) expect(byId(variantOf)).toMatchObject({ family, options });
    }
  });
});

describe("with a guide without errors, on mixtures of two instruments", () => {
  const working = methods.filter(({ info }) => info.role !== "control" && info.id !== "unprocessed-mixture");

  it.each(working.map(({ info }) => info.id))("%s gains over the mixture in every trial", (id) => {
    for (const gain of gains.get(id)!) expect(gain).toBeGreaterThan(2);
  });

  it("the mixture gains nothing", () => {
    expect(gains.get("unprocessed-mixture")).toEqual(trials.map(() => 0));
  });

  it.each(methods.flatMap(({ info, variantOf }) => (info.role === "control" ? [[info.id, variantOf!]] : [])))(
    "%s gains no more than %s in any trial, and less on the average",
    (control, method) => {
      gains.get(control!)!.forEach((gain, t) => {
        expect(gain).toBeLessThanOrEqual(gains.get(method!)![t]! + 0.5);
      });
      expect(mean(gains.get(control!)!)).toBeLessThan(mean(gains.get(method!)!) - 1);
    },
  );

  it.each(["contrastive-nmf-unattended", "blind-nmf-timbre-unattended"])("%s pulls out the other source", (id) => {
    for (const [t, { mixture, attended }] of trials.entries()) {
      const estimate = estimates.get(id)![t]!;
      const unattended = mixture.map((sample, n) => sample - attended[n]!);
      expect(siSdr(unattended, estimate)).toBeGreaterThan(siSdr(attended, estimate) + 3);
    }
  });

  it.each(methods.flatMap(({ info, variantOf }) => (info.id.endsWith("best-case") ? [[info.id, variantOf!]] : [])))(
    "%s does no worse than %s",
    (best, method) => {
      gains.get(best!)!.forEach((gain, t) => {
        expect(gain).toBeGreaterThanOrEqual(gains.get(method!)![t]!);
      });
    },
  );

  it("the ideal ratio mask does no worse than the binary one by more than a decibel", () => {
    gains.get("ideal-ratio-mask")!.forEach((gain, t) => {
      expect(gain).toBeGreaterThan(gains.get("ideal-binary-mask")![t]! - 1);
    });
  });
});

describe("DUET", () => {
  it("finds the attended source in stereo: the estimate is that of the best case", () => {
    for (const [t, estimate] of estimates.get("duet")!.entries()) {
      expect(isSame(estimate, estimates.get("duet-best-case")![t]!)).toBe(true);
      expect(gains.get("duet")![t]).toBeGreaterThan(10);
    }
  });

  const middle = [1, 1] as const;
  it.each([
    ["in mono", undefined],
    ["with two equal channels", [middle, middle]],
    ["with a silent channel", [[1, 0] as const, [1, 0] as const]],
  ])("has no rows of a trial %s", (_, placed) => {
    const input = inputOf({ seed: "mono", attended: 0, ...(placed && { panning: placed }) });
    const made = methods.filter(({ family, separate }) => family === "duet" && separate(input));
    expect(made).toEqual([]);
  });

  it("takes what there is where two sources are at one place", () => {
    const place = [1, 0.5] as const;
    const input = inputOf({ seed: "one place", attended: 0, panning: [place, place] });
    expect(byId("duet").separate(input)!.estimate).toBeAllclose(input.mixture, { atol: 1e-12 });
  });
});

describe("what a trial lacks", () => {
  const alone = trialInput({ ...syntheticTrial({ seed: "alone", attended: 0 }), other: undefined }, smallOptions);

  it("leaves out the rows of another trial where there is none", () => {
    const made = methods.filter(({ info, separate }) => info.id.endsWith("other-trial") && separate(alone));
    expect(made).toEqual([]);
  });

  it("leaves out the shuffled rows where the trial is shorter than two seconds", () => {
    const short = inputOf({ seed: "short", attended: 0, seconds: 1.5 });
    const made = methods.filter(({ info, separate }) => info.id.endsWith("shuffled") && separate(short));
    expect(made).toEqual([]);
  });
});

describe("the work of a family", () => {
  it("is the same to the last bit each time, in whatever order and company", () => {
    const again = inputOf({ seed: "first", attended: 0, panning });
    for (const { info, separate } of methods.toReversed()) {
      expect(isSame(separate(again)!.estimate, estimates.get(info.id)![0]!), info.id).toBe(true);
    }
  });

  it("factorizes the mixture once for all rows that ask for the same", () => {
    const blind = methods.filter(({ family }) => family === "blind-nmf");
    const costs = new Set(blind.map(({ separate }) => separate(trials[0]!)!.cost));
    expect(costs.size).toBe(1);
    const grid = expandMethods([{ method: "contrastive-nmf-sphere", maskExponent: [1, 2] }], smallOptions.separation);
    const [one, two] = grid.map(({ separate }) => separate(trials[0]!)!);
    expect(one!.cost).toBe(two!.cost);
    expect(isSame(one!.estimate, two!.estimate)).toBe(false);
  });

  it("asks for nothing that the family does not use", () => {
    const asked = (family: readonly SeparationMethod[]) => {
      const names = new Set<string>();
      const watched = new Proxy(inputOf({ seed: "watched", attended: 0, seconds: 2, panning }), {
        get: (target, name) => {
          if (typeof name === "string") names.add(name);
          return Reflect.get(target, name);
        },
      });
      for (const { separate } of family) separate(watched);
      return names;
    };
    const families = new Map(methodsByFamily(methods).map((members) => [members[0]!.family, asked(members)]));
    expect([...families.keys()]).toEqual([
      "masks",
      "blind-nmf",
      "convolutive-nmf",
      "contrastive-nmf",
      "contrastive-convolutive-nmf",
      "duet",
    ]);
    for (const [family, names] of families) {
      expect(names.has("channels"), family).toBe(family === "duet");
      expect(names.has("guide"), family).toBe(family !== "masks");
      expect(names.has("attendedMagnitude"), family).toBe(family === "masks");
    }
    expect([...asked([byId("unprocessed-mixture")])]).toEqual(["mixture"]);
  });

  it("depends on no other option than those it names", () => {
    const { separation } = smallOptions;
    const changed = {
      componentsPerSource: 3,
      iterations: 20,
      delta: 0.5,
      sparsityActivations: 3,
      templateFrames: 2,
      maskExponent: 2,
    };
    for (const method of methods) {
      const others = Object.entries(changed).filter(([name]) => !method.options.some((own) => own === name));
      const [same] = expandMethods([method.info.id], { ...separation, ...Object.fromEntries(others) });
      expect(same!.settings).toEqual(method.settings);
      const { estimate } = same!.separate(trials[0]!)!;
      expect(isSame(estimate, estimates.get(method.info.id)![0]!), method.info.id).toBe(true);
    }
  });
});

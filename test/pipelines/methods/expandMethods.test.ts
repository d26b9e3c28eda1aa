import { describe, expect, it } from "vitest";
import { expandMethods, methodsByFamily } from "../../../pipelines/neuroSteered/methods/expandMethods.ts";
import { defaultMethods, separationMethods } from "../../../pipelines/neuroSteered/methods/separationMethods.ts";
import { type MethodEntry, studyDefaults } from "../../../src/index.ts";

const { separation } = studyDefaults;
const idsOf = (wanted: readonly MethodEntry[]) => expandMethods(wanted, separation).map(({ info }) => info.id);

describe("expandMethods", () => {
  it("gives the default rows where none are named, all of which there are", () => {
    expect(expandMethods(undefined, separation).map(({ info }) => info.id)).toEqual([...defaultMethods]);
  });

  it("gives every row, in the table's order, with the study's options, for all", () => {
    const all = expandMethods(["all"], separation);
    expect(all.map(({ info }) => info)).toEqual(separationMethods.map(({ info }) => info));
    for (const method of all) expect(method.separation).toEqual(separation);
  });

  it("gives the rows named, in the order they are named in", () => {
    expect(idsOf(["ideal-binary-mask", "blind-nmf"])).toEqual(["ideal-binary-mask", "blind-nmf"]);
  });

  it("takes an entry without options for its id", () => {
    const [entry] = expandMethods([{ method: "blind-nmf" }], separation);
    expect(entry!.info).toEqual(separationMethods.find(({ info }) => info.id === "blind-nmf")!.info);
  });

  it("puts the values into id, label and options of each row", () => {
    const [row] = expandMethods([{ method: "contrastive-nmf-sphere", delta: 0.1, maskExponent: 2 }], separation);
    expect(row!.info).toMatchObject({
      id: "contrastive-nmf-sphere_delta-0.1_maskExponent-2",
      label: "Contrastive NMF, sphere update, delta 0.1, mask exponent 2",
      role: "method",
    });
    expect(row!.separation).toEqual({ ...separation, delta: 0.1, maskExponent: 2 });
  });

  it("makes the cartesian product of lists, the last option changing fastest", () => {
    expect(
      idsOf([
        "unprocessed-mixture",
        { method: "convolutive-nmf", templateFrames: [3, 5], componentsPerSource: [4, 8] },
      ]),
    ).toEqual([
      "unprocessed-mixture",
      "convolutive-nmf_templateFrames-3_componentsPerSource-4",
      "convolutive-nmf_templateFrames-3_componentsPerSource-8",
      "convolutive-nmf_templateFrames-5_componentsPerSource-4",
      "convolutive-nmf_templateFrames-5_componentsPerSource-8",
    ]);
  });

  it("compares a control with the row of the same options", () => {
    const [control] = expandMethods([{ method: "contrastive-nmf-shuffled", delta: [0.1] }], separation);
    expect(control!.variantOf).toBe("contrastive-nmf-sphere_delta-0.1");
  });

  it("states as settings what the row depends on and nothing else", () => {
    const [row, mask] = expandMethods([{ method: "blind-nmf", iterations: 7 }, "ideal-ratio-mask"], separation);
    const { componentsPerSource, maskExponent, accelerator } = separation;
    expect(row!.settings).toEqual({ componentsPerSource, iterations: 7, maskExponent, accelerator });
    expect(mask!.settings).toEqual({});
  });

  /** What YAML may hold, whatever the types say. */
  const fromYaml = (entry: unknown): MethodEntry => entry as MethodEntry;

  it.each<[string, MethodEntry[], RegExp]>([
    [
      "a method that is not there, with the one meant",
      ["blind-nfm"],
      /no method "blind-nfm"; did you mean blind-nmf\?/,
    ],
    ["a method like none, with all", ["zzz"], /no method "zzz"; there are unprocessed-mixture, .*ideal-ratio-mask/],
    [
      "an option that the method does not depend on, with those it does",
      [{ method: "blind-nmf", delta: 0.1 }],
      /blind-nmf does not depend on "delta"; it depends on componentsPerSource, iterations, maskExponent, accelerator/,
    ],
    [
      "an option of a method that has none",
      [{ method: "duet", iterations: 3 }],
      /duet .*"iterations"; it has no options/,
    ],
    [
      "an option that is not there, with the one meant",
      [fromYaml({ method: "contrastive-nmf-sphere", dleta: 0.1 })],
      /"dleta" \(did you mean delta\?\)/,
    ],
    ["an empty list", [], /the list is empty/],
    ["an empty list of values", [{ method: "blind-nmf", iterations: [] }], /iterations of blind-nmf is an empty list/],
    ["a row that is there twice", ["blind-nmf", "blind-nmf"], /blind-nmf is there twice/],
    [
      "a value that is there twice",
      [{ method: "blind-nmf", iterations: [3, 3] }],
      /blind-nmf_iterations-3 is there twice/,
    ],
    ["a count below one", [{ method: "blind-nmf", iterations: [3, 0] }], /iterations of blind-nmf is 0/],
    ["a weight below zero", [{ method: "contrastive-nmf-sphere", delta: -1 }], /delta of contrastive-nmf-sphere is -1/],
    ["an exponent of zero", [{ method: "blind-nmf", maskExponent: 0 }], /maskExponent of blind-nmf is 0/],
    ["text for a number", [fromYaml({ method: "blind-nmf", iterations: "7" })], /iterations of blind-nmf/],
    ["an accelerator there is not", [fromYaml({ method: "blind-nmf", accelerator: "gpu" })], /"gpu"; there are auto/],
  ])("refuses %s", (_, wanted, message) => {
    expect(() => expandMethods(wanted, separation)).toThrow(message);
  });
});

describe("methodsByFamily", () => {
  it("puts methods that share factorizations together, in order", () => {
    const families = methodsByFamily(
      expandMethods(["blind-nmf-timbre", "ideal-binary-mask", "blind-nmf", "unprocessed-mixture"], separation),
    );
    expect(families.map((members) => members.map(({ info }) => info.id))).toEqual([
      ["blind-nmf-timbre", "blind-nmf"],
      ["ideal-binary-mask", "unprocessed-mixture"],
    ]);
  });
});

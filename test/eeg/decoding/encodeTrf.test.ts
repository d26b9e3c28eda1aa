import { describe, expect, it } from "vitest";
import { decodeTrf, encodeTrf } from "../../../src/eeg/decoding/encodeTrf.ts";
import { trainTrf } from "../../../src/eeg/decoding/trainTrf.ts";
import { formulaTrials, noiseTrial } from "./trfTrials.ts";

const model = trainTrf(formulaTrials, { direction: "backward", rateHz: 32 });
const text = encodeTrf(model);

describe("encodeTrf and decodeTrf", () => {
  it("give back the model bit for bit", () => {
    expect(decodeTrf(text)).toEqual(model);
    const banded = { direction: "forward", rateHz: 32, method: "banded", bands: [1, 1], lambda: [0.1, 3] } as const;
    const other = trainTrf([noiseTrial("few", 2, 2, 20)], { ...banded, minLagSeconds: -0.2 });
    expect(other.warnings.length).toBe(1);
    expect(decodeTrf(encodeTrf(other))).toEqual(other);
  });

  const change = (edit: (fields: Record<string, unknown>) => void) => {
    const fields = JSON.parse(text) as Record<string, unknown>;
    edit(fields);
    return JSON.stringify(fields);
  };

  it.each([
    ["{", "the text is not JSON"],
    ["[]", "the text is not a JSON object"],
    ["{}", 'format is undefined, not "neurosteer temporal response function"'],
    [change((fields) => (fields.version = 2)), "version 2 of the format; 1 is known"],
    [change((fields) => delete fields.options), "options are missing"],
    [
      change((fields) => (fields.options = { direction: "up" })),
      'options are not those of a model: decodeTrf: direction is "up"',
    ],
    [change((fields) => (fields.options = { ...model.options, bands: 3 })), "options are not those of a model"],
    [
      change((fields) => (fields.options = { ...model.options, maxLagSeconds: 1e12 })),
      "weights of output 0 has 27 numbers",
    ],
    [change((fields) => (fields.weights = 7)), "weights are not a list of rows"],
    [change((fields) => (fields.weights = [[1]])), "weights of output 0 has 1 numbers; 27 are needed"],
    [change((fields) => (fields.bias = [1])), "bias has 1 numbers; 2 are needed"],
    [change((fields) => (fields.bias = [1, null])), "bias has null at index 1"],
    [change((fields) => (fields.penalties = "x")), "penalties is not a list; 1 are needed"],
    [change((fields) => (fields.inputs = 0.5)), "inputs is 0.5"],
    [change((fields) => (fields.warnings = [1])), "warnings are not texts"],
  ])("refuse %.40s", (broken, message) => {
    expect(() => decodeTrf(broken)).toThrow(message);
  });
});

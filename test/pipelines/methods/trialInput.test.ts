import { describe, expect, it } from "vitest";
import { trialInput } from "../../../pipelines/neuroSteered/methods/trialInput.ts";
import { row } from "../../../src/index.ts";
import { smallOptions, syntheticTrial } from "./syntheticTrial.ts";

const parts = { ...syntheticTrial({ seed: "guides", attended: 0 }), other: undefined };
const rateHz = smallOptions.preprocessing.rateHz;

/** By how many samples the one is the other turned round. */
function turnOf(values: ArrayLike<number>, turned: ArrayLike<number>): number[] {
  const n = values.length;
  return Array.from({ length: n }, (_, by) => by).filter((by) =>
    Array.from(turned).every((value, i) => value === values[(i - by + n) % n]),
  );
}

describe("the input of a trial's separation", () => {
  it("turns all rows of S_a round by one random amount of at least a second either way", () => {
    const turns = [0, 1, 2, 3, 4, 5, 6, 7].map((seed) => {
      const guide = trialInput(parts, { ...smallOptions, seed }).guide("shuffled")!.inBand;
      const found = parts.decoded.decoded.map((values, k) => turnOf(values, row(guide, k)));
      expect(found[0]).toHaveLength(1);
      for (const each of found) expect(each).toEqual(found[0]);
      return found[0]![0]!;
    });
    for (const turn of turns) {
      expect(turn).toBeGreaterThanOrEqual(rateHz);
      expect(turn).toBeLessThanOrEqual(parts.decoded.times.samples - rateHz);
    }
    expect(new Set(turns).size).toBeGreaterThan(4);
  });

  it("turns by exactly one second where the trial lasts two, and has nothing to turn where it is shorter", () => {
    const two = syntheticTrial({ seed: "two", attended: 0, seconds: 2 });
    const guide = trialInput({ ...two, other: undefined }, smallOptions).guide("shuffled")!;
    expect(turnOf(two.decoded.decoded[0]!, row(guide.inBand, 0))).toEqual([rateHz]);
    const shorter = syntheticTrial({ seed: "two", attended: 0, seconds: 1.75 });
    expect(trialInput({ ...shorter, other: undefined }, smallOptions).guide("shuffled")).toBeUndefined();
  });

  it("brings another trial to the length of this one: cut, or from its beginning again", () => {
    const samples = parts.decoded.times.samples;
    const ramp = (length: number) => ({ decoded: [Float64Array.from({ length }, (_, n) => n)] });
    const longer = trialInput({ ...parts, other: ramp(samples + 100) }, smallOptions).guide("other-trial")!;
    expect(row(longer.inBand, 0)).toEqual(ramp(samples).decoded[0]);
    const shorter = trialInput({ ...parts, other: ramp(100) }, smallOptions).guide("other-trial")!;
    expect(Array.from(row(shorter.inBand, 0)).slice(95, 105)).toEqual([95, 96, 97, 98, 99, 0, 1, 2, 3, 4]);
    expect(shorter.atFrames.columns).toBe(trialInput(parts, smallOptions).transform.frames);
  });

  it("takes the loudest of the sources that are not attended for the unattended one", () => {
    const quiet = parts.sound.stems[1]!;
    const loud = { name: "loud", samples: quiet.samples.map((sample) => 2 * sample) };
    const sound = { ...parts.sound, stems: [parts.sound.stems[0]!, quiet, loud] };
    const { sourceActivations, sourceAligned } = parts.decoded;
    const third = { ...sourceActivations[1]!, data: sourceActivations[1]!.data.map((value) => 2 * value) };
    const decoded = {
      ...parts.decoded,
      sourceActivations: [...sourceActivations, third],
      sourceAligned: [...sourceAligned, sourceAligned[1]!],
    };
    const guide = trialInput({ decoded, sound, other: undefined }, smallOptions).guide("unattended")!;
    expect(guide.atFrames).toBe(third);
  });

  it("gives the true activations as they are", () => {
    const guide = trialInput(parts, smallOptions).guide("true")!;
    expect(guide.atFrames).toBe(parts.decoded.sourceActivations[0]);
    expect(row(guide.inBand, 1)).toEqual(parts.decoded.sourceAligned[0]![1]);
  });

  it("makes each thing once, and the guide's frames are the spectrogram's", () => {
    const input = trialInput(parts, smallOptions);
    expect(input.transform).toBe(input.transform);
    expect(input.guide("decoded")).toBe(input.guide("decoded"));
    expect(input.guide("decoded")!.atFrames.columns).toBe(input.spectrogram.rows);
    expect(input.once("a", () => 1)).toBe(input.once("a", () => 2));
  });
});

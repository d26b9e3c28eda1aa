import h5wasm, { type Group, type GuessableDataTypes, type Reference } from "h5wasm";
import { beforeAll, describe, expect, it } from "vitest";
import { ToolkitError } from "../../src/core/error.ts";
import { createRandom } from "../../src/core/random.ts";
import { memorySource } from "../../src/formats/byteSource.ts";
import { openEeglab } from "../../src/formats/openEeglab.ts";
import { openRecording, recordingKind } from "../../src/formats/openRecording.ts";
import { floats } from "./matBytes.ts";
import { expectRefusal } from "./refusal.ts";

/** Sample s of channel c is 10 s + c. */
const samples = Float32Array.from({ length: 20 }, (_, i) => 10 * (i >> 1) + (i % 2));

/** Writes arrays the way MATLAB does: dimensions reversed, the class as an attribute. */
function writer(group: Group) {
  const put = (name: string, data: GuessableDataTypes, shape: number[], className?: string, dtype?: string) => {
    const node = group.create_dataset({ name, data, shape, ...(dtype ? { dtype } : {}) });
    if (className) node.create_attribute("MATLAB_class", className);
    return node;
  };
  const number = (name: string, value: number) => put(name, Float64Array.of(value), [1, 1], "double");
  const text = (name: string, value: string) =>
    put(
      name,
      Uint16Array.from(value, (letter) => letter.charCodeAt(0)),
      [value.length, 1],
      "char",
    );
  const empty = (name: string, className: string) => {
    const node = put(name, BigUint64Array.of(0n, 0n), [2], className);
    node.create_attribute("MATLAB_empty", 1, null, "<i4");
  };
  return { put, number, text, empty };
}

/** How a dataset differs from a plain one. */
interface Parts {
  readonly topLevel?: boolean;
  readonly dataFile?: string;
  readonly pnts?: number;
  readonly without?: string;
}

let made = 0;

/** Bytes of a MAT file of version 7.3: 512 bytes of header, then HDF5. */
async function matlab73({ topLevel = false, dataFile, pnts = 10, without }: Parts = {}): Promise<Uint8Array> {
  const { FS } = await h5wasm.ready;
  const path = `/made-${made++}`;
  const file = new h5wasm.File(path, "w");
  const eeg = topLevel ? file : file.create_group("EEG");
  if (!topLevel) eeg.create_attribute("MATLAB_class", "struct");
  const { put, number, text, empty } = writer(eeg);
  for (const [name, value] of Object.entries({ nbchan: 2, trials: 1, pnts, srate: 100, xmin: 0 })) {
    if (name !== without) number(name, value);
  }
  text("setname", "made");
  text("ref", "common");
  empty("icaact", "double");
  if (dataFile) text("data", dataFile);
  else put("data", samples, [10, 2], "single");
  const references = file.create_group("#refs#");
  const inside = writer(references);
  // a reference is made of a node's own path; MATLAB keeps what is referred to in one group
  const structs = (name: string, fields: Record<string, readonly (string | number | null)[]>) => {
    const group = eeg.create_group(name);
    group.create_attribute("MATLAB_class", "struct");
    for (const [field, values] of Object.entries(fields)) {
      const targets = values.map((value, i): Reference => {
        const key = `${name}-${field}-${i}`;
        if (typeof value === "string") inside.text(key, value);
        else if (value === null) inside.empty(key, "double");
        else inside.number(key, value);
        const node = references.get(key);
        if (!node || !("create_reference" in node)) throw new Error("nothing was written");
        return node.create_reference();
      });
      group.create_dataset({ name: field, data: targets, shape: [values.length, 1] });
    }
  };
  structs("chanlocs", { labels: ["Fp1", "Cz"], type: ["EEG", "EOG"] });
  structs("event", { type: ["S1", "boundary", 7], latency: [3.5, 4.5, 10], duration: [2, 50, null] });
  file.close();
  const bytes = FS.readFile(path) as Uint8Array;
  FS.unlink(path);
  const whole = new Uint8Array(512 + bytes.length);
  new TextEncoder().encodeInto("MATLAB 7.3 MAT-file, made by a test", whole);
  whole.set([0, 2, 0x49, 0x4d], 124);
  whole.set(bytes, 512);
  return whole;
}

const plain = (channels: readonly Float64Array[]) => channels.map((channel) => [...channel]);

describe("openEeglab of MATLAB 7.3", () => {
  let bytes: Uint8Array;
  beforeAll(async () => {
    bytes = await matlab73();
  });

  it("is told by content", async () => {
    expect(recordingKind(bytes)).toBe("eeglab");
    const recording = await openRecording(memorySource(bytes, "x.set"));
    expect(recording.format).toBe("EEGLAB");
    await recording.close();
  });

  it.each([{ topLevel: false }, { topLevel: true }])(
    "reads a dataset, fields as variables $topLevel",
    async (parts) => {
      const recording = await openEeglab(memorySource(await matlab73(parts), "made.set"));
      expect(recording).toMatchObject({
        matVersion: "7.3",
        setName: "made",
        reference: "common",
        warnings: [],
        signals: [
          { label: "Fp1", type: "eeg", unit: "uV", samples: 10, rateHz: 100 },
          { label: "Cz", type: "eog" },
        ],
      });
      expect(recording.segments.map(({ gapSeconds, samples: [held] }) => [held!.startSample, gapSeconds])).toEqual([
        [0, undefined],
        [4, 0.5],
      ]);
      const { channels } = await recording.read({ gapPolicy: "join" });
      expect(plain(channels)).toEqual([0, 1].map((c) => Array.from({ length: 10 }, (_, s) => 10 * s + c)));
      const part = await recording.read({ signals: ["Cz"], startSample: 5, endSample: 8 });
      expect(plain(part.channels)).toEqual([[51, 61, 71]]);
      const notes = await recording.annotations();
      expect(notes.map(({ text, durationSeconds }) => [text, durationSeconds])).toEqual([
        ["S1", 0.02],
        ["boundary", 0.5],
        ["7", undefined],
      ]);
      expect(notes[0]!.onsetSeconds).toBeCloseTo(0.025, 12);
      expect(notes[2]!.onsetSeconds).toBeCloseTo(0.59, 12);
      await recording.close();
      await recording.close();
    },
  );

  it("reads samples beside it", async () => {
    const source = memorySource(await matlab73({ dataFile: "made.fdt" }), "made.set");
    const recording = await openEeglab(source, async (name) => memorySource(floats([...samples], 4), name));
    expect(recording.dataFile).toBe("made.fdt");
    expect(plain((await recording.read({ startSample: 8 })).channels)).toEqual([
      [80, 90],
      [81, 91],
    ]);
    await recording.close();
  });

  it("refuses what contradicts itself or is no dataset", async () => {
    const refused = async (parts: Parts, ...about: string[]) => {
      const source = memorySource(await matlab73(parts), "made.set");
      await expectRefusal(() => openEeglab(source), "bad-format", "made.set", ...about);
    };
    await refused({ pnts: 11 }, "2 x 10", "2 x 11");
    await refused({ without: "srate" }, "srate is missing");
    await refused({ without: "srate", topLevel: true }, "the structure EEG");
    const header = bytes.slice(0, 600);
    await expectRefusal(() => openEeglab(memorySource(header, "made.set")), "bad-format", "damaged");
  });

  it("gives a recording or one line for damaged files", async () => {
    const random = createRandom(4);
    let whole = 0;
    for (let run = 0; run < 60; run++) {
      const cut = run % 4 === 0 ? Math.floor(random.uniform() * bytes.length) : 0;
      const damaged = bytes.slice(0, bytes.length - cut);
      for (let i = 0; i < 3; i++) {
        damaged[512 + Math.floor(random.uniform() * (bytes.length - 512))] = Math.floor(random.uniform() * 256);
      }
      try {
        const recording = await openEeglab(memorySource(damaged, "x.set"));
        await recording.annotations();
        await recording.read({ gapPolicy: "join" });
        await recording.close();
        whole++;
      } catch (error) {
        if (!(error instanceof ToolkitError)) throw error;
        expect(error.message).not.toContain("\n");
      }
    }
    const again = await openEeglab(memorySource(bytes, "x.set"));
    await again.close();
    expect(whole).toBeGreaterThan(5);
  });
});

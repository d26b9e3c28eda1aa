import { describe, expect, it } from "vitest";
import { packTals, parseTals, talText } from "../../src/formats/edfTals.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("parseTals", () => {
  // the examples of the EDF+ specification, sections 2.2.2 and 2.2.4
  it("reads the examples of the specification", () => {
    expect(
      parseTals(bytes("+180\u0014Lights off\u0014Close door\u0014\u0000+180\u0014Lights off\u0014\u0000")),
    ).toEqual({
      tals: [
        { onsetSeconds: 180, texts: ["Lights off", "Close door"] },
        { onsetSeconds: 180, texts: ["Lights off"] },
      ],
      badOffsets: [],
    });
    expect(parseTals(bytes("+1800.2\u001525.5\u0014Apnea\u0014\u0000\u0000\u0000")).tals).toEqual([
      { onsetSeconds: 1800.2, durationSeconds: 25.5, texts: ["Apnea"] },
    ]);
    expect(parseTals(bytes("+567\u0014\u0014\u0000")).tals).toEqual([{ onsetSeconds: 567, texts: [""] }]);
  });

  it.each([
    "180\u0014no sign\u0014",
    "+1,5\u0014comma\u0014",
    "+1\u0015-2\u0014negative\u0014",
    "+1\u0014no end",
    "text",
  ])("reports %j as bad and reads on", (bad) => {
    expect(parseTals(bytes(`${bad}\u0000+1\u0014next\u0014`))).toEqual({
      tals: [{ onsetSeconds: 1, texts: ["next"] }],
      badOffsets: [0],
    });
  });

  it("reads texts that are Latin-1", () => {
    const latin = Uint8Array.of(...bytes("+1\u0014"), 0xb5, 0x56, 0x14, 0);
    expect(parseTals(latin).tals).toEqual([{ onsetSeconds: 1, texts: ["µV"] }]);
  });
});

describe("talText", () => {
  it.each([
    { annotation: { onsetSeconds: 1.25, durationSeconds: 0.5, text: "a" }, text: "+1.25\u00150.5\u0014a\u0014\u0000" },
    { annotation: { onsetSeconds: -1e-7, text: "µ" }, text: "-0.0000001\u0014µ\u0014\u0000" },
    { annotation: { onsetSeconds: 0, text: "" }, text: "+0\u0014\u0014\u0000" },
  ])("writes $annotation without an exponent", ({ annotation, text }) => {
    expect(new TextDecoder().decode(talText("test", annotation))).toBe(text);
  });
});

describe("packTals", () => {
  it("keeps every list whole and in order, whatever their sizes", () => {
    const keepers = Array.from({ length: 5 }, (_, r) => talText("test", { onsetSeconds: r, text: "" }));
    const texts = Array.from({ length: 40 }, (_, i) => `${i}${"x".repeat((i * i) % 37)}`);
    const lists = texts.map((text) => talText("test", { onsetSeconds: 9, text }));
    const { bytesPerRecord, records } = packTals(keepers, lists);
    expect(bytesPerRecord % 2).toBe(0);
    expect(records.map(({ length }) => length)).toEqual(Array(5).fill(bytesPerRecord));
    const parsed = records.map((record) => parseTals(record));
    expect(parsed.map(({ tals }) => tals[0])).toEqual(keepers.map((_, r) => ({ onsetSeconds: r, texts: [""] })));
    expect(parsed.flatMap(({ tals }) => tals.slice(1).map((tal) => tal.texts[0]))).toEqual(texts);
    expect(parsed.flatMap(({ badOffsets }) => badOffsets)).toEqual([]);
  });
});

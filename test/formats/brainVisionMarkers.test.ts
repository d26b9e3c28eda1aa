import { describe, expect, it } from "vitest";
import { memorySource } from "../../src/formats/byteSource.ts";
import { openBrainVision } from "../../src/formats/openBrainVision.ts";
import { headerText, openParts, siblingsOf } from "./brainVisionFiles.ts";
import { expectRefusal } from "./refusal.ts";

const codes = (recording: { warnings: readonly { code: string }[] }) => recording.warnings.map(({ code }) => code);
const utf8 = (text: string) => new TextEncoder().encode(text);
const dated = "New Segment,,1,1,0,20200102030405678901";

describe("BrainVision markers", () => {
  const markers = [
    dated,
    "Stimulus,S  1,2,1,0",
    "Optic,O  1,3,0,0",
    "Comment,left\\1 then right,5,2,2",
    "My type,,4,1,0",
    "Response,R255,8,1,0",
    "Toggle,before,0,1,0",
  ];

  it("of any type are kept, by onset, flagged where there is no sample", async () => {
    const recording = await openParts({ markers });
    expect(await recording.annotations()).toEqual([
      { onsetSeconds: -0.25, durationSeconds: 0.25, text: "before", type: "Toggle", outOfRange: true },
      { onsetSeconds: 0, durationSeconds: 0.25, text: "", type: "New Segment" },
      { onsetSeconds: 0.25, durationSeconds: 0.25, text: "S  1", type: "Stimulus" },
      { onsetSeconds: 0.5, durationSeconds: 0, text: "O  1", type: "Optic" },
      { onsetSeconds: 0.75, durationSeconds: 0.25, text: "", type: "My type" },
      { onsetSeconds: 1, durationSeconds: 0.5, text: "left, then right", type: "Comment", signal: 1 },
      { onsetSeconds: 1.75, durationSeconds: 0.25, text: "R255", type: "Response", outOfRange: true },
    ]);
    expect(codes(recording)).toEqual(["markers-outside"]);
    expect(recording.warnings[0]!.message).toContain("2 of 7 markers");
  });

  it("without a position are left out with a warning", async () => {
    const recording = await openParts({ markers: [dated, "Stimulus,S 1", "Stimulus,S 2,x,1,0", "Stimulus,S 3,2,1,0"] });
    expect((await recording.annotations()).map(({ text }) => text)).toEqual(["", "S 3"]);
    expect(codes(recording)).toEqual(["bad-annotation"]);
    expect(recording.warnings[0]!.message).toMatch(/line 6: .*"Stimulus,S 1".*nor have 1 others/);
  });

  it("at which recording goes on make segments, with the gap that the dates tell", async () => {
    const recording = await openParts({
      markers: [
        "New Segment,,1,1,0,20200229235959500000",
        "New Segment,,3,1,0,20200301000002500000",
        "Stimulus,S1,4,1,0",
      ],
    });
    expect(recording.segments).toEqual([
      { startSeconds: 0, durationSeconds: 0.5, samples: [{ rateHz: 4, startSample: 0, samples: 2 }] },
      { startSeconds: 3, durationSeconds: 1, gapSeconds: 2.5, samples: [{ rateHz: 4, startSample: 2, samples: 4 }] },
    ]);
    expect(recording).toMatchObject({ durationSeconds: 4, recordedSeconds: 1.5, startOffsetSeconds: 0.5 });
    expect((await recording.annotations()).map(({ onsetSeconds }) => onsetSeconds)).toEqual([0, 3, 3.25]);
    await expectRefusal(
      () => recording.read(),
      "bad-option",
      "segment 0 is 0 to 0.5 s, the next starts at 3 s after a gap of 2.5 s",
    );
    const nan = await recording.read({ signals: [0], gapPolicy: "nan" });
    expect(nan.channels[0]).toEqual(Float64Array.of(0, 0.5, ...Array(10).fill(Number.NaN), 1, 1.5, 2, 2.5));
  });

  it("without dates leave the length of the gap open: it can be joined, not filled", async () => {
    const recording = await openParts({ markers: ["New Segment,,1,1,0", "New Segment,,4,1,0"] });
    expect(recording.segments.map(({ startSeconds, gapSeconds }) => [startSeconds, gapSeconds])).toEqual([
      [0, undefined],
      [0.75, undefined],
    ]);
    expect(codes(recording)).toEqual(["no-start-time"]);
    await expectRefusal(() => recording.read(), "bad-option", "gap of unknown length");
    await expectRefusal(() => recording.read({ gapPolicy: "nan" }), "bad-option", "does not say how long");
    expect((await recording.read({ gapPolicy: "join" })).channels[0]!.length).toBe(6);
    expect((await recording.readSegments()).map(({ startSample }) => startSample)).toEqual([0, 3]);
  });

  it("that follow on in time make no segment; dates that go back make a gap of unknown length", async () => {
    const at = (second: string) => `New Segment,,3,1,0,202001020304${second}`;
    const follows = await openParts({ markers: ["New Segment,,1,1,0,20200102030405000000", at("05500100")] });
    expect(follows.segments.length).toBe(1);
    const back = await openParts({ markers: ["New Segment,,1,1,0,20200102030405000000", at("01000000")] });
    expect(back.segments.length).toBe(2);
    expect(back.segments[1]).not.toHaveProperty("gapSeconds");
    expect(codes(back)).toEqual(["segment-overlap"]);
  });

  it.each(["00000000000000000000", "20200230000000000000", "20201301000000000000", "2020", "20200102250000000000"])(
    "dated %s have no date",
    async (date) => {
      const recording = await openParts({ markers: [`New Segment,,1,1,0,${date}`] });
      expect(recording).not.toHaveProperty("startTime");
      expect(recording.startOffsetSeconds).toBe(0);
      expect(codes(recording)).toEqual(["no-start-time"]);
    },
  );

  it("that are missing leave the segments that the header states", async () => {
    const common = { MarkerFile: "", SegmentationType: "MARKERBASED", SegmentDataPoints: "2" };
    const { open } = siblingsOf({ "made.eeg": new Uint8Array(20) });
    const recording = await openBrainVision(memorySource(utf8(headerText({ common })), "made.vhdr"), open);
    expect(recording.segments.map(({ samples }) => samples[0]!.samples)).toEqual([2, 2, 1]);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkUnitId, unitId } from "../../../src/study/ledger/unitId.ts";
import { expectRefusal } from "../../formats/refusal.ts";

describe("unitId", () => {
  it("keeps plain names and escapes all others by their UTF-8 bytes", () => {
    expect(unitId("decode", "sub-01", "trial_3.b")).toBe("decode/sub-01/trial_3.b");
    expect(unitId("Zoë 1")).toBe("Zo%C3%AB%201");
    expect(unitId("a/b", "100%")).toBe("a%2Fb/100%25");
  });

  it("makes names harmless that systems treat apart", () => {
    expect(unitId("..", ".hidden", "end.")).toBe("%2E%2E/%2Ehidden/end%2E");
    expect(unitId("con", "NUL.txt", "console")).toBe("%63on/%4EUL.txt/console");
  });

  it("shortens long names and keeps them apart", () => {
    const [a, b] = [unitId("あ".repeat(200)), unitId(`${"あ".repeat(199)}い`)];
    expect(a.length).toBeLessThanOrEqual(120);
    expect(a).not.toBe(b);
    checkUnitId(a);
  });

  it("gives safe and different ids for different names", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1 });
    fc.assert(
      fc.property(name, name, (a, b) => {
        checkUnitId(unitId(a, b));
        expect(unitId(a) === unitId(b)).toBe(a === b);
      }),
    );
  });

  it("refuses no names and empty ones", async () => {
    await expectRefusal(() => unitId(), "bad-option", "no or an empty name");
    await expectRefusal(() => unitId("a", ""), "bad-option", "empty");
  });
});

describe("checkUnitId", () => {
  it.each(["", "a//b", "../a", "a b", "é", "/a", ".a", "a.", "a%zz", "con"])("refuses %j", async (id) => {
    await expectRefusal(() => checkUnitId(id), "bad-option", "unitId");
  });
});

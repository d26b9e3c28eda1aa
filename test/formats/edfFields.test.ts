import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { numberField, outwardField, textField } from "../../src/formats/edfFields.ts";
import { expectRefusal } from "./refusal.ts";

describe("outwardField", () => {
  it.each([
    { value: 0, down: "0", up: "0" },
    { value: -0, down: "0", up: "0" },
    { value: 1 / 3, down: "0.333333", up: "0.333334" },
    { value: -1 / 3, down: "-0.33334", up: "-0.33333" },
    { value: -33.29970001, down: "-33.2998", up: "-33.2997" },
    { value: 99999.9999, down: "99999.99", up: "100000" },
    { value: 12345678, down: "12345678", up: "12345678" },
    { value: 1e-9, down: "0", up: "0.000001" },
  ])("$value is $down downwards and $up upwards", ({ value, down, up }) => {
    expect(outwardField("test", "x", value, "down")).toBe(down);
    expect(outwardField("test", "x", value, "up")).toBe(up);
  });

  it("is never inside the value, never longer than 8 characters, and plain", () => {
    fc.assert(
      fc.property(fc.double({ min: -9_999_998, max: 99_999_998, noNaN: true }), (value) => {
        const down = outwardField("test", "x", value, "down");
        const up = outwardField("test", "x", value, "up");
        expect(Number(down)).toBeLessThanOrEqual(value);
        expect(Number(up)).toBeGreaterThanOrEqual(value);
        for (const text of [down, up]) expect(text).toMatch(/^(?=.{1,8}$)-?\d+(\.\d+)?$/);
      }),
    );
  });

  it("refuses what needs more than 8 characters before the point", () =>
    expectRefusal(() => outwardField("test", "x", -99_999_999, "up"), "bad-value", "test: x", "-99999999"));
});

describe("numberField", () => {
  it("is exact or refused", async () => {
    expect(numberField("test", "x", 0.125)).toBe("0.125");
    expect(numberField("test", "x", 1e-6)).toBe("0.000001");
    await expectRefusal(() => numberField("test", "x", 0.1234567), "bad-value", "0.1234567");
  });
});

describe("textField", () => {
  it("fills up with spaces and refuses what does not fit", async () => {
    expect(textField("test", "x", "ab", 4)).toBe("ab  ");
    await expectRefusal(() => textField("test", "x", "abcde", 4), "bad-value", '"abcde"', "5 characters", "4 fit");
    await expectRefusal(() => textField("test", "x", "a\nb", 4), "bad-value", "index 1");
  });
});

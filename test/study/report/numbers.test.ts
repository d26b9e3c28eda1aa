import { expect, it, test } from "vitest";
import {
  countText,
  decibelText,
  listText,
  measureText,
  numberText,
  percentText,
  probabilityText,
  signedText,
} from "../../../src/study/report/numbers.ts";

test.each([
  { value: 3.149, text: "3.1" },
  { value: -1.25, text: "−1.3" },
  { value: -0.04, text: "0.0" },
  { value: Infinity, text: "∞" },
  { value: -Infinity, text: "−∞" },
  { value: Number.NaN, text: "n/a" },
])("decibelText writes $value as $text", ({ value, text }) => {
  expect(decibelText(value)).toBe(text);
});

test.each([
  { value: 0, text: "0" },
  { value: 40_000, text: "40\u202f000" },
  { value: -29_999.96, text: "−30\u202f000" },
  { value: 12.34567, text: "12.346" },
  { value: 2_500_000, text: "2.5e6" },
  { value: 0.00002, text: "2e−5" },
  { value: Number.NaN, text: "n/a" },
])("measureText writes $value as $text", ({ value, text }) => {
  expect(measureText(value)).toBe(text);
});

test.each([
  { p: 0.04, text: "0.040" },
  { p: 0.001, text: "0.001" },
  { p: 0.0000152587890625, text: "1.5e−5" },
  { p: 0, text: "< 1e−300" },
  { p: Number.NaN, text: "n/a" },
])("probabilityText writes $p as $text", ({ p, text }) => {
  expect(probabilityText(p)).toBe(text);
});

test.each([
  { value: 2.04, text: "+2.0" },
  { value: -2.04, text: "−2.0" },
  { value: 0.04, text: "0.0" },
  { value: -0.04, text: "0.0" },
  { value: Infinity, text: "+∞" },
  { value: Number.NaN, text: "n/a" },
])("signedText writes the difference $value as $text", ({ value, text }) => {
  expect(signedText(value, 1)).toBe(text);
});

it("writes shares, counts and lists as people do", () => {
  expect(percentText(0.8125)).toBe("81.3 %");
  expect(percentText(Number.NaN)).toBe("n/a");
  expect(numberText(2, 0)).toBe("2");
  expect([countText(1, "trial"), countText(0, "trial"), countText(2, "mouse", "mice")]).toEqual([
    "1 trial",
    "0 trials",
    "2 mice",
  ]);
  expect([listText([]), listText(["a"]), listText(["a", "b"]), listText(["a", "b", "c"])]).toEqual([
    "",
    "a",
    "a and b",
    "a, b and c",
  ]);
});

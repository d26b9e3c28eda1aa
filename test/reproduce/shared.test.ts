import { describe, expect, it } from "vitest";
import { drawFigure } from "../../reproduce/shared/figure.ts";
import { fixed, markdownTable, withSpread } from "../../reproduce/shared/markdown.ts";
import { countRises } from "../../reproduce/shared/rises.ts";
import { spreadOf } from "../../reproduce/shared/spread.ts";

describe("what the reproductions share", () => {
  it("counts rises beyond rounding", () => {
    expect(countRises([4, 3, 3.5, 3, 3 + 1e-11, 2], "float64")).toBe(1);
    expect(countRises([1, 1 + 1e-9], "float64")).toBe(1);
    expect(countRises([1, 1 + 1e-9], "float32")).toBe(0);
    // a cost near 0 is measured by another size
    expect(countRises([1e-12, 2e-12], "float64", 1)).toBe(0);
  });

  it("knows mean and standard deviation, and that one value has no spread", () => {
    expect(spreadOf([1, 2, 3, 4])).toEqual({ count: 4, mean: 2.5, deviation: Math.sqrt(5 / 3) });
    expect(spreadOf([7]).deviation).toBeNaN();
  });

  it("writes tables of even columns", () => {
    expect(markdownTable(["a", "long"], [["bcde", "1"]])).toBe("| a    | long |\n| ---- | ---- |\n| bcde | 1    |");
    expect(withSpread(1.25, 0.04, 1)).toBe("1.3 ± 0.0");
    expect(withSpread(2, Number.NaN, 1)).toBe("2.0");
    expect(fixed(-0.04, 1)).toBe("0.0");
    expect(fixed(Number.NaN, 1)).toBe("-");
  });

  it("draws figures that stand alone", async () => {
    const svg = await drawFigure("a < b", (plot) => ({ marks: [plot.dot([[1, 2]])] }));
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).toContain("<title>a &lt; b</title>");
    expect(svg.match(/<svg[^>]*>/)![0].match(/font-size=/g) ?? []).toHaveLength(1);
    expect(svg).not.toContain("<style");
  });
});

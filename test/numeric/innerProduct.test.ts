import { expect, test } from "vitest";
import { innerProduct, norm } from "../../src/numeric/innerProduct.ts";

test("the inner product is the sum of products, 0 for empty vectors", () => {
  expect(innerProduct(Float64Array.of(1, -2, 3), Float64Array.of(4, 5, 6))).toBe(12);
  expect(innerProduct(new Float64Array(0), new Float64Array(0))).toBe(0);
});

test("the norm is that of Pythagoras", () => {
  expect(norm(Float64Array.of(3, -4))).toBe(5);
  expect(norm(new Float64Array(0))).toBe(0);
});

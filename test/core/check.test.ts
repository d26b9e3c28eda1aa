import { expect, test } from "vitest";
import { checkChoice } from "../../src/core/check.ts";

test("a choice passes, anything else is refused with the choices", () => {
  expect(() => checkChoice("nmf", "updateOrder", "hw", ["hw", "wh"])).not.toThrow();
  expect(() => checkChoice("nmf", "updateOrder", "up", ["hw", "wh"])).toThrow(
    'nmf: updateOrder is "up"; it must be one of hw, wh',
  );
});

import { describe, expect, it } from "vitest";
import { ancestorsOf, orderUnits } from "../../../src/study/ledger/orderUnits.ts";
import { expectRefusal } from "../../formats/refusal.ts";
import { plainUnit } from "./examples.ts";

const unit = (id: string, ...needs: string[]) => plainUnit(id, { needs });
const order = (...units: ReturnType<typeof unit>[]) => orderUnits(units).map(({ id }) => id);

describe("orderUnits", () => {
  it("keeps the order given where it can", () => {
    expect(order(unit("c"), unit("a"), unit("b", "a"))).toEqual(["c", "a", "b"]);
  });

  it("puts each unit after those it needs", () => {
    expect(order(unit("d", "b", "c"), unit("b", "a"), unit("c", "a"), unit("a"))).toEqual(["a", "b", "c", "d"]);
  });

  it("takes chains of any length", () => {
    const chain = Array.from({ length: 20_000 }, (_, i) => (i === 0 ? unit("u0") : unit(`u${i}`, `u${i - 1}`)));
    expect(orderUnits(chain.toReversed())).toEqual(chain);
  });

  it("refuses units that do not fit together, naming them", async () => {
    await expectRefusal(() => order(unit("a"), unit("a")), "bad-option", "unit a", "twice");
    await expectRefusal(() => order(unit("a"), unit("A")), "bad-option", "a and A", "case");
    await expectRefusal(() => order(unit("a/b"), unit("a")), "bad-option", "a/b", "lie in that of unit a");
    await expectRefusal(() => order(unit("a", "z")), "bad-option", "unit a", "needs z");
    await expectRefusal(() => order(unit("a", "a")), "bad-option", "a needs a");
    await expectRefusal(
      () => order(unit("x"), unit("a", "b"), unit("b", "c"), unit("c", "a")),
      "bad-option",
      "a needs b needs c needs a",
    );
  });
});

describe("ancestorsOf", () => {
  it("lists the paths above, outermost first", () => {
    expect(ancestorsOf("a/b/c")).toEqual(["a", "a/b"]);
    expect(ancestorsOf("a")).toEqual([]);
  });
});

import { ToolkitError } from "../../core/error.ts";
import type { Unit } from "./unit.ts";
import { checkUnitId } from "./unitId.ts";

/**
 * Units in an order in which each comes after those it needs; otherwise the order given is kept as far as it can be.
 *
 * @throws ToolkitError `bad-option` if an id is unsafe, used twice (but for case), or the beginning of another's path, a unit
 * needs one that is not there, or units need each other in a circle
 */
export function orderUnits(units: readonly Unit[]): Unit[] {
  const byId = checkedIds(units);
  const ordered: Unit[] = [];
  const state = new Map<string, "open" | "placed">();
  for (const unit of units) {
    // depth first without recursion, as chains may be long
    const path: { unit: Unit; next: number }[] = [];
    const enter = (entered: Unit) => {
      state.set(entered.id, "open");
      path.push({ unit: entered, next: 0 });
    };
    if (!state.has(unit.id)) enter(unit);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const need = top.unit.needs[top.next++];
      if (need === undefined) {
        state.set(top.unit.id, "placed");
        ordered.push(top.unit);
        path.pop();
        continue;
      }
      const needed = byId.get(need);
      if (needed === undefined) {
        throw new ToolkitError(
          "bad-option",
          `unit ${top.unit.id}: needs ${need}, which is not among the units; add it`,
        );
      }
      if (state.get(need) === "open") {
        const circle = path.slice(path.findIndex((step) => step.unit.id === need)).map((step) => step.unit.id);
        throw new ToolkitError("bad-option", `units need each other in a circle: ${[...circle, need].join(" needs ")}`);
      }
      if (!state.has(need)) enter(needed);
    }
  }
  return ordered;
}

function checkedIds(units: readonly Unit[]): Map<string, Unit> {
  const byId = new Map<string, Unit>();
  const folded = new Map<string, string>();
  for (const unit of units) {
    checkUnitId(unit.id);
    const other = folded.get(unit.id.toLowerCase());
    if (other !== undefined) {
      throw new ToolkitError(
        "bad-option",
        other === unit.id
          ? `unit ${unit.id}: is there twice; give every unit its own id`
          : `units ${other} and ${unit.id}: differ in case only, which is one folder on some systems; rename one`,
      );
    }
    folded.set(unit.id.toLowerCase(), unit.id);
    byId.set(unit.id, unit);
  }
  for (const { id } of units) {
    const above = ancestorsOf(id).find((ancestor) => folded.has(ancestor.toLowerCase()));
    if (above !== undefined) {
      throw new ToolkitError("bad-option", `unit ${id}: its folder would lie in that of unit ${above}; rename one`);
    }
  }
  return byId;
}

/** Paths above an id: of `a/b/c` they are `a` and `a/b`. */
export function ancestorsOf(id: string): string[] {
  const pieces = id.split("/");
  return pieces.slice(1).map((_, i) => pieces.slice(0, i + 1).join("/"));
}

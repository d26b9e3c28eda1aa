import {
  accelerators,
  checkNumber,
  checkWhole,
  type MethodEntry,
  nearestName,
  type SeparationOptions,
  ToolkitError,
} from "../../../src/index.ts";
import type { SeparationMethod, SeparationOption, SeparationRow } from "./separationMethod.ts";
import { allMethods, defaultMethods, separationMethods } from "./separationMethods.ts";

/** Refuses a value that does not fit, by option. */
const checks: Readonly<Record<string, (name: string, value: unknown) => void>> = {
  componentsPerSource: whole,
  iterations: whole,
  templateFrames: whole,
  delta: (name, value) => checkNumber("methods", name, numberOf(value), { from: 0 }),
  sparsityActivations: (name, value) => checkNumber("methods", name, numberOf(value), { from: 0 }),
  maskExponent: (name, value) => checkNumber("methods", name, numberOf(value), { above: 0 }),
  accelerator: (name, value) => {
    if (accelerators.some((known) => known === value)) return;
    refuse(`${name} is "${String(value)}"; there are ${accelerators.join(", ")}`);
  },
} satisfies { readonly [Option in SeparationOption]?: (name: string, value: unknown) => void };

/**
 * The rows of a study's table with their options. Of an entry with lists the rows are their cartesian product, in the order of the
 * entry, the last option changing fastest; ids and labels then carry the values: `contrastive-nmf-sphere_delta-0.1`.
 *
 * @param wanted which rows, in order; `all` stands for every row; `defaultMethods` if left out
 * @param options `StudyOptions.separation`: what an entry does not say
 * @throws ToolkitError `bad-option` for a method or option that is not there, an option that the method does not depend on, a
 *   value that does not fit, a row that is there twice, or no row at all
 */
export function expandMethods(
  wanted: readonly MethodEntry[] | undefined,
  options: SeparationOptions,
): SeparationMethod[] {
  const every = separationMethods.map(({ info }) => info.id);
  const entries = (wanted ?? defaultMethods).flatMap((entry) => (entry === allMethods ? every : [entry]));
  if (entries.length === 0) refuse("the list is empty; name at least one method");
  const methods = entries.flatMap((entry) => expandEntry(entry, options));
  const ids = new Set<string>();
  for (const { info } of methods) {
    if (ids.has(info.id)) refuse(`${info.id} is there twice; name each row once`);
    ids.add(info.id);
  }
  return methods;
}

/** Methods that share factorizations, together; families in order of their first method. */
export function methodsByFamily(methods: readonly SeparationMethod[]): SeparationMethod[][] {
  const families = new Map<string, SeparationMethod[]>();
  for (const method of methods) {
    const members = families.get(method.family) ?? [];
    members.push(method);
    families.set(method.family, members);
  }
  return [...families.values()];
}

function expandEntry(entry: MethodEntry, options: SeparationOptions): SeparationMethod[] {
  const { method: id, ...given } = typeof entry === "string" ? { method: entry } : entry;
  const row = separationMethods.find(({ info }) => info.id === id) ?? unknownMethod(id);
  let settings: Record<string, unknown>[] = [{}];
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    checkOption(row, name);
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (values.length === 0) refuse(`${name} of ${id} is an empty list; give at least one value`);
    for (const each of values) checks[name]!(`${name} of ${id}`, each);
    settings = settings.flatMap((setting) => values.map((each) => ({ ...setting, [name]: each })));
  }
  return settings.map((setting) => withSetting(row, setting, options));
}

/** @param setting options of the row that differ from the study's, checked */
function withSetting(
  row: SeparationRow,
  setting: Readonly<Record<string, unknown>>,
  options: SeparationOptions,
): SeparationMethod {
  const pairs = Object.entries(setting).map(([name, value]) => ({ name, value: String(value) }));
  const suffix = pairs.map(({ name, value }) => `_${name}-${value}`).join("");
  const remark = pairs.map(({ name, value }) => `, ${words(name)} ${value}`).join("");
  const separation: SeparationOptions = { ...options, ...setting };
  return {
    info: { ...row.info, id: row.info.id + suffix, label: row.info.label + remark },
    family: row.family,
    ...(row.variantOf !== undefined && { variantOf: row.variantOf + suffix }),
    options: row.options,
    separation,
    settings: Object.fromEntries(row.options.map((name) => [name, separation[name]])),
    separate: (input) => row.estimate(input, separation),
  };
}

function unknownMethod(id: string): never {
  const ids = separationMethods.map(({ info }) => info.id);
  const like = nearestName(id, ids);
  return refuse(
    `there is no method "${id}"; ${like === undefined ? `there are ${ids.join(", ")}` : `did you mean ${like}?`}`,
  );
}

function checkOption({ info, options }: SeparationRow, name: string): void {
  if (options.some((known) => known === name)) return;
  const like = name in checks ? undefined : nearestName(name, Object.keys(checks));
  const hint = like === undefined ? "" : ` (did you mean ${like}?)`;
  refuse(
    `${info.id} does not depend on "${name}"${hint}; ${options.length > 0 ? `it depends on ${options.join(", ")}` : "it has no options"}`,
  );
}

/** `maskExponent` is "mask exponent". */
function words(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function whole(name: string, value: unknown): void {
  checkWhole("methods", name, numberOf(value), 1);
}

/** NaN, which every check refuses, for what is no number. */
function numberOf(value: unknown): number {
  return typeof value === "number" ? value : Number.NaN;
}

function refuse(message: string): never {
  throw new ToolkitError("bad-option", `methods: ${message}`);
}

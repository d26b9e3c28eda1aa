import { ToolkitError } from "../../src/index.ts";

/** The fields of a map in a YAML file, and where it is, for messages. */
export interface Fields {
  /** File and path in it, such as `madeeg_raw.yaml: 0001`. */
  readonly where: string;
  readonly entries: Readonly<Record<string, unknown>>;
}

/**
 * A map of a YAML file.
 *
 * @throws ToolkitError `bad-format` if the value is none
 */
export function fieldsOf(where: string, value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return { where, entries: value as Record<string, unknown> };
  }
  throw new ToolkitError("bad-format", `${where}: is ${described(value)}; a map of fields is needed`);
}

/** The map in a field. */
export function mapField({ where, entries }: Fields, name: string): Fields {
  return fieldsOf(`${where}: ${name}`, own(entries, name));
}

/** The text in a field; numbers count as text. */
export function textField({ where, entries }: Fields, name: string): string {
  const value = own(entries, name);
  if (typeof value === "string" && value !== "") return value;
  if (typeof value === "number") return String(value);
  throw new ToolkitError("bad-format", `${where}: ${name} is ${described(value)}; a text is needed`);
}

/** The finite number in a field. */
export function numberField({ where, entries }: Fields, name: string): number {
  const value = own(entries, name);
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new ToolkitError("bad-format", `${where}: ${name} is ${described(value)}; a number is needed`);
}

/** The list in a field. */
export function listField({ where, entries }: Fields, name: string): readonly unknown[] {
  const value = own(entries, name);
  if (Array.isArray(value)) return value;
  throw new ToolkitError("bad-format", `${where}: ${name} is ${described(value)}; a list is needed`);
}

/** The list of texts in a field. */
export function textsField(fields: Fields, name: string): readonly string[] {
  return listField(fields, name).map((value, i) => {
    if (typeof value === "string") return value;
    throw new ToolkitError(
      "bad-format",
      `${fields.where}: ${name} has ${described(value)} at ${i}; all of it must be texts`,
    );
  });
}

/** The first numbers of the list in a field. */
export function numbersField(fields: Fields, name: string, count: number): readonly number[] {
  const values = listField(fields, name).slice(0, count);
  if (values.length === count && values.every((value) => Number.isFinite(value))) return values as number[];
  throw new ToolkitError(
    "bad-format",
    `${fields.where}: ${name} is [${values.map(described).join(", ")}]; ${count} numbers are needed`,
  );
}

function own(entries: Fields["entries"], name: string): unknown {
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}

function described(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "a map";
  return String(JSON.stringify(value)).slice(0, 40);
}

import { createHash } from "node:crypto";
import { ToolkitError } from "../../core/error.ts";

/** Longest piece of an id; file systems take 255 bytes, and a name set aside has more in it. */
const longestPiece = 120;
/** Names that Windows keeps for devices, with or without an extension. */
const device = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const safePiece = /^(?!\.)(?:[A-Za-z0-9_.-]|%[0-9A-F]{2})+(?<!\.)$/;

/**
 * Makes the id of a unit from names of any script: ASCII letters, digits, `_`, `-` and `.` stay, every other byte of the
 * UTF-8 becomes `%` and two hexadecimal digits. Different names make different ids; of a very long name the end is replaced by
 * a hash of it.
 *
 *     unitId("decode", "Zoë 1") is "decode/Zo%C3%AB%201"
 *
 * @param names outermost first
 * @throws ToolkitError `bad-option` if there is no name or an empty one
 */
export function unitId(...names: string[]): string {
  if (names.length === 0 || names.includes("")) {
    throw new ToolkitError("bad-option", `unitId: ${JSON.stringify(names)} has no or an empty name; name every piece`);
  }
  return names.map(piece).join("/");
}

function piece(name: string): string {
  const escaped = Array.from(name, (letter) => (/[A-Za-z0-9_.-]/.test(letter) ? letter : percent(letter))).join("");
  // no hidden names, none that Windows cuts or keeps for itself
  const safe = escaped
    .replace(/^\./, "%2E")
    .replace(/\.$/, "%2E")
    .replace(device, (word) => percent(word[0]!) + word.slice(1));
  if (safe.length <= longestPiece) return safe;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 16);
  return `${safe.slice(0, longestPiece - 17).replace(/%[0-9A-F]?$/, "")}-${digest}`;
}

function percent(letter: string): string {
  return [...new TextEncoder().encode(letter)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
    .join("");
}

/**
 * Refuses an id that is not safe as a path.
 *
 * @throws ToolkitError `bad-option`
 */
export function checkUnitId(id: string): void {
  const pieces = id.split("/");
  if (pieces.every((text) => safePiece.test(text) && text.length <= longestPiece && !device.test(text))) return;
  throw new ToolkitError("bad-option", `unit ${JSON.stringify(id)}: the id is not safe as a path; make it with unitId`);
}

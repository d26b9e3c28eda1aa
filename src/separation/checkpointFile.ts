import { ToolkitError } from "../core/error.ts";
import type { FloatArray } from "../core/matrix.ts";
import type { Checkpoint } from "./descent.ts";

/** A checkpoint with whatever its owner wants to find beside it, such as a digest of the data. */
export interface NotedCheckpoint extends Checkpoint {
  readonly note?: string;
}

/** One array of the file, as its header lists it. */
interface Entry {
  readonly part: "cost" | "checked" | "relaxation" | "arrays" | "backup";
  readonly name: string;
  readonly type: "<f4" | "<f8";
  readonly length: number;
}

interface Header {
  readonly method: string;
  readonly iterations: number;
  readonly hasBackup: boolean;
  readonly note?: string;
  readonly entries: readonly Entry[];
}

// 0 magic, 7 version, 8 bytes in the file (u64), 16 CRC-32 of all that follows (u32), 20 bytes of the header (u32), 24 header
const magic = "\u0089NSCKPT";
const version = 1;
const lengthAt = 8;
const checksumAt = 16;
const headerLengthAt = 20;
const headerAt = 24;
/** Arrays start at multiples of this. */
const alignment = 8;

/**
 * Writes a checkpoint as the bytes of a file: a magic number, the length and a CRC-32 of all the rest, a JSON header with
 * the arrays' names, types and lengths, then the arrays, little-endian. Every number comes back bit for bit.
 *
 * @param checkpoint of a factorization, see `DescentOptions.onCheckpoint`; `note` is kept beside it
 */
export function encodeCheckpoint(checkpoint: NotedCheckpoint): Uint8Array {
  const { method, iterations, cost, checked, relaxation, arrays, backup, note } = checkpoint;
  const parts: [Entry, ArrayLike<number>][] = [];
  const add = (part: Entry["part"], name: string, values: ArrayLike<number>) => {
    const type = values instanceof Float32Array ? "<f4" : "<f8";
    parts.push([{ part, name, type, length: values.length }, values]);
  };
  add("cost", "", cost);
  add("checked", "", checked);
  add("relaxation", "", [relaxation[0], relaxation[1] ? 1 : 0]);
  for (const [name, values] of Object.entries(arrays)) add("arrays", name, values);
  for (const [name, values] of Object.entries(backup ?? {})) add("backup", name, values);

  const header: Header = {
    method,
    iterations,
    hasBackup: backup !== undefined,
    ...(note !== undefined && { note }),
    entries: parts.map(([entry]) => entry),
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(parts.reduce((end, [entry]) => aligned(end) + sizeOf(entry), headerAt + text.length));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < magic.length; i++) bytes[i] = magic.charCodeAt(i);
  bytes[magic.length] = version;
  view.setBigUint64(lengthAt, BigInt(bytes.length), true);
  view.setUint32(headerLengthAt, text.length, true);
  bytes.set(text, headerAt);
  let at = headerAt + text.length;
  for (const [entry, values] of parts) {
    at = aligned(at);
    for (let i = 0; i < values.length; i++) {
      if (entry.type === "<f4") view.setFloat32(at + 4 * i, values[i]!, true);
      else view.setFloat64(at + 8 * i, values[i]!, true);
    }
    at += sizeOf(entry);
  }
  view.setUint32(checksumAt, crc32(bytes.subarray(headerLengthAt)), true);
  return bytes;
}

/**
 * Reads what `encodeCheckpoint` wrote.
 *
 * @param bytes the whole file
 * @param name name for messages
 * @throws ToolkitError `bad-format` if it is no such file or damaged, `truncated` if it ends early, `unsupported` if a later
 *   version wrote it
 */
export function decodeCheckpoint(bytes: Uint8Array, name: string): NotedCheckpoint {
  checkIntact(bytes, name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const headerEnd = headerAt + view.getUint32(headerLengthAt, true);
  const header = parseHeader(bytes.subarray(headerAt, headerEnd), name);
  const found: [Entry, FloatArray][] = [];
  let at = headerEnd;
  for (const entry of header.entries) {
    at = aligned(at);
    if (at + sizeOf(entry) > bytes.length) throw senseless(name);
    const values = entry.type === "<f4" ? new Float32Array(entry.length) : new Float64Array(entry.length);
    for (let i = 0; i < values.length; i++) {
      values[i] = entry.type === "<f4" ? view.getFloat32(at + 4 * i, true) : view.getFloat64(at + 8 * i, true);
    }
    found.push([entry, values]);
    at += sizeOf(entry);
  }
  const only = (part: Entry["part"]) => found.find(([entry]) => entry.part === part)?.[1];
  const named = (part: Entry["part"]) =>
    Object.fromEntries(found.filter(([entry]) => entry.part === part).map(([{ name: key }, values]) => [key, values]));
  const [cost, checked, relaxation] = [only("cost"), only("checked"), only("relaxation")];
  if (!cost || checked?.length !== 2 || relaxation?.length !== 2) throw senseless(name);
  return {
    method: header.method,
    iterations: header.iterations,
    cost: [...cost],
    checked: [checked[0]!, checked[1]!],
    relaxation: [relaxation[0]!, relaxation[1] === 1],
    arrays: named("arrays"),
    ...(header.hasBackup && { backup: named("backup") }),
    ...(header.note !== undefined && { note: header.note }),
  };
}

function checkIntact(bytes: Uint8Array, name: string): void {
  const start = String.fromCharCode(...bytes.subarray(0, magic.length));
  if (start !== magic.slice(0, bytes.length) || bytes.length === 0) {
    throw new ToolkitError(
      "bad-format",
      `${name}: is no checkpoint of a factorization: it starts with ${JSON.stringify(start)}; name another file`,
    );
  }
  const needed = Math.max(headerAt, bytes.length < headerAt ? 0 : declaredLength(bytes));
  if (bytes.length > magic.length && bytes[magic.length] !== version) {
    throw new ToolkitError(
      "unsupported",
      `${name}: is a checkpoint of version ${bytes[magic.length]}; version ${version} can be read`,
    );
  }
  if (bytes.length < needed) {
    throw new ToolkitError(
      "truncated",
      `${name}: has ${bytes.length} of the ${needed} bytes of its checkpoint; remove it and start anew`,
    );
  }
  const checksum = new DataView(bytes.buffer, bytes.byteOffset).getUint32(checksumAt, true);
  if (bytes.length > needed || crc32(bytes.subarray(headerLengthAt)) !== checksum) {
    throw new ToolkitError(
      "bad-format",
      `${name}: is damaged: its ${bytes.length} bytes are not those that were written; remove it and start anew`,
    );
  }
}

function declaredLength(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(lengthAt, true));
}

function parseHeader(bytes: Uint8Array, name: string): Header {
  let header: Partial<Header> | null;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Header> | null;
  } catch {
    throw senseless(name);
  }
  const parts = ["cost", "checked", "relaxation", "arrays", "backup"];
  const makesSense =
    typeof header?.method === "string" &&
    Number.isInteger(header.iterations) &&
    Array.isArray(header.entries) &&
    header.entries.every(
      ({ part, type, length }) =>
        parts.includes(part) && (type === "<f4" || type === "<f8") && Number.isInteger(length) && length >= 0,
    );
  if (!makesSense) throw senseless(name);
  return header as Header;
}

function senseless(name: string): ToolkitError {
  return new ToolkitError(
    "bad-format",
    `${name}: the header of this checkpoint makes no sense; remove it and start anew`,
  );
}

function sizeOf({ type, length }: Entry): number {
  return (type === "<f4" ? 4 : 8) * length;
}

function aligned(at: number): number {
  return Math.ceil(at / alignment) * alignment;
}

/** CRC-32 of ISO 3309, as in PNG and gzip. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = crcTable[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, value) => {
  let crc = value;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

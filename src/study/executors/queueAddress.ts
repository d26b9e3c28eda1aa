import { ToolkitError } from "../../core/error.ts";

/** Where Redis is, and how to speak of it without its secrets. */
export interface RedisAddress {
  /** As the client takes it. */
  readonly options: {
    readonly host: string;
    readonly port: number;
    readonly db: number;
    readonly username?: string;
    readonly password?: string;
    readonly tls?: Readonly<Record<string, never>>;
  };
  /** For people: without user and password. */
  readonly shown: string;
  /** Takes user and password out of a text. */
  redact(text: string): string;
}

const needed =
  "name one such as redis://host:6379 or rediss://user:password@host:6380/0, with % codes for : / @ # in both";

/**
 * Reads the address of a Redis or Valkey server. No message has any of it but host, port and database.
 *
 * @param url `redis://` or, for TLS, `rediss://`
 * @throws ToolkitError `usage`
 */
export function parseRedisUrl(url: string): RedisAddress {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const database = /^\/?(\d{0,5})$/.exec(parsed?.pathname ?? "-");
  if (parsed === null || !["redis:", "rediss:"].includes(parsed.protocol) || parsed.hostname === "" || !database) {
    throw new ToolkitError("usage", `redis: what was given is no address of a Redis; ${needed}`);
  }
  if (parsed.search !== "" || parsed.hash !== "") {
    throw new ToolkitError("usage", `redis: the address has something behind ? or #; ${needed}`);
  }
  const [username, password] = [decoded(parsed.username), decoded(parsed.password)];
  const port = parsed.port === "" ? 6379 : Number(parsed.port);
  return {
    options: {
      host: parsed.hostname.replace(/^\[|\]$/g, ""),
      port,
      db: Number(database[1]),
      ...(username !== "" && { username }),
      ...(password !== "" && { password }),
      ...(parsed.protocol === "rediss:" && { tls: {} }),
    },
    shown: `${parsed.protocol}//${parsed.hostname}:${port}`,
    redact: redactor([parsed.password, password], [parsed.username, username]),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ToolkitError("usage", `redis: user or password has a % that is no % code; ${needed}`);
  }
}

/** Passwords go wherever they stand, users where they are a word of their own. */
function redactor(passwords: readonly string[], users: readonly string[]): (text: string) => string {
  const words = users
    .filter((text) => text !== "")
    .map((text) => `(?<![\\p{L}\\p{N}])${escaped(text)}(?![\\p{L}\\p{N}])`);
  const patterns = [...passwords.filter((text) => text !== "").map(escaped), ...words];
  if (patterns.length === 0) return (text) => text;
  const secret = new RegExp(patterns.join("|"), "gu");
  return (text) => text.replace(secret, "***");
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, (letter) => (letter === "-" ? "\\x2d" : `\\${letter}`));
}

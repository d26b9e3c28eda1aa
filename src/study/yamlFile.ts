import { ToolkitError } from "../core/error.ts";

/** Characters of one file and uses of one anchor; programs that write YAML share lists by alias, thousands of times. */
const limits = { characters: 32 * 2 ** 20, aliases: 10_000 };

/**
 * Parses a YAML file into plain data: maps, lists, texts, numbers, booleans and null. Tags are never turned into objects of
 * their own, keys must differ, and aliases that expand without bound are refused.
 *
 * @param text the content, at most 32 Mi characters
 * @param name of the file, for messages
 * @returns what it says, yet to be checked
 * @throws ToolkitError `bad-format` if it is not one YAML document, too long, or expands without bound
 */
export async function parseYaml(text: string, name: string): Promise<unknown> {
  if (text.length > limits.characters) {
    throw new ToolkitError(
      "bad-format",
      `${name}: has ${text.length} characters; YAML files are read up to ${limits.characters}`,
    );
  }
  const { parse } = await import("yaml");
  try {
    return parse(text, { maxAliasCount: limits.aliases, logLevel: "error" });
  } catch (cause) {
    const why = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!.replace(/:$/, "");
    throw new ToolkitError("bad-format", `${name}: is not YAML that can be read (${why})`, { cause });
  }
}

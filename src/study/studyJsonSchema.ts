import { createStudySchema } from "./studySchema.ts";

/**
 * The JSON Schema (draft 2020-12) of a study file, for editors: what may be written, before quantities are turned into numbers.
 *
 * @returns text that ends in a line feed
 */
export async function studyJsonSchema(): Promise<string> {
  const [{ z }, schema] = await Promise.all([import("zod"), createStudySchema()]);
  const json = z.toJSONSchema(schema, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type !== "pipe") return;
      jsonSchema.description = 'a quantity with its unit, such as "250 ms" or "8 Hz"';
    },
  });
  const { $schema, ...rest } = json;
  const text = { $schema, title: "neurosteer study file", description: "Every key is optional.", ...rest };
  // lists of words on one line each, as formatters have them
  const lines = JSON.stringify(text, null, 2).replaceAll(/\[([^[\]{}]+)\]/g, (_, items: string) => {
    return `[${items.trim().replaceAll(/,\s+/g, ", ")}]`;
  });
  return `${lines}\n`;
}

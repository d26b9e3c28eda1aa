import { studyJsonSchema } from "../../study/studyJsonSchema.ts";
import { exitCodes } from "../exitCode.ts";
import type { CommandIo } from "../io.ts";

/** `neurosteer study schema`: prints the JSON Schema of study files. */
export async function studySchema(io: CommandIo): Promise<number> {
  io.out(await studyJsonSchema());
  return exitCodes.done;
}

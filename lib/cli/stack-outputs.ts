import { readFile } from "node:fs/promises";
import { messageOf } from "../core/errors";
import { isPlainObject } from "../core/merge";
import type { KnownOutputs } from "../render/outputs";
import { UsageError } from "./usage-error";

/** The outputs of one stack, by place in its objects. */
export interface StackOutputs {
  readonly file: string;
  readonly program: string;
  readonly environment: string;
  readonly outputs: KnownOutputs;
}

/**
 * Reads what `pulumi stack output --json` prints for a stack of Flagstone.
 *
 * @throws UsageError when it is something else
 */
export async function readOutputs(file: string): Promise<StackOutputs> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (thrown) {
    throw new UsageError(`--outputs ${file} cannot be read: ${messageOf(thrown)}`);
  }
  const contract = isPlainObject(value) ? value["flagstone"] : undefined;
  const { program, environment, outputs = {} } = isPlainObject(contract) ? contract : {};
  if (typeof program !== "string" || typeof environment !== "string" || !isPlainObject(outputs)) {
    throw new UsageError(
      `--outputs ${file} has no outputs of a stack of Flagstone: write it with "pulumi stack output --json"`,
    );
  }
  const wrong = Object.entries(outputs).find(([, output]) => typeof output === "object" && output !== null);
  if (wrong) throw new UsageError(`--outputs ${file}: "${wrong[0]}" is neither text, number, boolean nor null`);
  return { file, program, environment, outputs: outputs as KnownOutputs };
}

import type { Input, Output, Resource } from "@pulumi/pulumi";
import type { CloudDeclaration } from "../core/cloud";
import { loadPulumi } from "../core/pulumi";
import { type JsonPath, keepsType, replaceTokens, splitTokens, type TokenSource } from "../core/tokens";

/** Resources that the functions of `cloud()` made. */
export type CloudResources = ReadonlyMap<CloudDeclaration, Resource>;

/**
 * Replaces tokens by the outputs that they stand for, string by string: a preview shows just those as unknown, and what is secret stays
 * so.
 *
 * @param seen - told of each place and the output that it got
 */
export function resolveOutputs(
  json: unknown,
  resources: CloudResources,
  seen?: (path: JsonPath, output: Output<unknown>) => void,
): unknown {
  return replaceTokens(json, (text, path) => {
    const output = outputOf(text, resources);
    seen?.(path, output);
    return output;
  });
}

function outputOf(text: string, resources: CloudResources): Output<unknown> {
  const { concat, output } = loadPulumi();
  const parts = splitTokens(text);
  const [only, ...more] = parts;
  if (typeof only === "object" && more.length === 0 && keepsType(only)) return output(valueOf(only, resources));
  return concat(...parts.map((part) => (typeof part === "string" ? part : valueOf(part, resources))));
}

function valueOf(source: TokenSource, resources: CloudResources): Input<unknown> {
  const { all, output } = loadPulumi();
  switch (source.kind) {
    case "output":
    case "value":
      return source.output;
    case "document":
      return output(resolveOutputs(source.value, resources) as object).apply((value) => source.write(value));
    case "digest":
      return all(source.parts.map((part) => outputOf(part, resources))).apply((parts) =>
        source.digest(parts.map(String)),
      );
    case "ref": {
      const ref = source.ref.source;
      if (ref.kind !== "cloud") throw new TypeError(`a Ref of kind ${ref.kind} is no output`);
      const resource = resources.get(ref.declaration);
      if (!resource) throw new TypeError(`cloud resource "${ref.declaration.name}" is not part of this environment`);
      return ref.select(resource as never);
    }
  }
}

import { isDeepStrictEqual } from "node:util";
import type { DefaultsTrace } from "../core/defaults";
import { compare } from "../core/findings";
import type { Provenance } from "../core/merge";
import { describeValue } from "./mask";
import type { PlanSetting } from "./plan";

/**
 * The values that a construct ended up with, and the layer that each comes from.
 *
 * @param traces - what each class made of its layers, the most derived class first; the last one has the final values
 * @param meaningOf - what a value stands for, if that is not plain to see
 */
export function settingsOf(
  traces: readonly DefaultsTrace[],
  meaningOf: (name: string, value: unknown) => string | undefined = () => undefined,
): PlanSetting[] {
  const final = traces.at(-1);
  if (!final) return [];
  const outer = traces.slice(0, -1);
  return [...final.values]
    .map(([name, { layer, value }]): PlanSetting => {
      const origin = layer === "props" ? originOf(name, value, outer) : { layer, by: final.kind.name };
      const means = meaningOf(name, value);
      return {
        name,
        value: describeValue(value),
        ...(means === undefined ? {} : { means }),
        ...origin,
        over: overridden(name, [final, ...outer.toReversed()]),
      };
    })
    .sort((a, b) => compare(a.name, b.name));
}

/** What a golden path passed on as props: its caller's, a default of its class, or something that its code made. */
function originOf(name: string, value: unknown, outer: readonly DefaultsTrace[]): Pick<PlanSetting, "layer" | "by"> {
  const [mostDerived] = outer;
  if (!mostDerived) return { layer: "props", by: "program" };
  for (const trace of outer.toReversed()) {
    const passed = trace.values.get(name);
    if (!passed || !isDeepStrictEqual(passed.value, value)) return { layer: "class", by: trace.kind.name };
    if (passed.layer !== "props") return { layer: passed.layer, by: trace.kind.name };
  }
  return { layer: "props", by: "program" };
}

function overridden(name: string, traces: readonly DefaultsTrace[]): PlanSetting["over"] {
  return traces.flatMap((trace) =>
    (trace.overridden.get(name) ?? [])
      .toReversed()
      .map(({ layer, value }: Provenance) => ({ layer, by: trace.kind.name, value: describeValue(value) })),
  );
}

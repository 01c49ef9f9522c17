import { sortFindings } from "../core/findings";
import { groupBy } from "../core/lists";
import { checkClaims } from "../plan/checks/claims";
import { findingAt } from "../plan/collect";
import type { Reading } from "../plan/read";
import { placeOf } from "./joined";

/**
 * Adds hosts and paths that different programs claim in one environment: each program alone knows of its own claims only.
 *
 * @param readings - environments of all programs that were named together
 */
export function withSharedClaims<T extends Reading>(readings: readonly T[]): T[] {
  const found = new Map<Reading, Reading["plan"]["findings"]>();
  for (const same of groupBy(readings, ({ plan }) => placeOf(plan)).values()) {
    if (new Set(same.map(({ plan }) => plan.program)).size < 2) continue;
    const known = new Set(same.flatMap(({ plan }) => plan.findings.map(({ message }) => message)));
    for (const { object, problem } of checkClaims(same.flatMap(({ draft }) => draft.objects))) {
      const reading = same.find(({ draft }) => draft.objects.includes(object));
      if (!reading || known.has(problem.message)) continue;
      const finding = findingAt(object, problem, object.construct);
      found.set(reading, [...(found.get(reading) ?? []), finding]);
    }
  }
  return readings.map((reading) => {
    const more = found.get(reading);
    if (!more) return reading;
    return { ...reading, plan: { ...reading.plan, findings: sortFindings([...reading.plan.findings, ...more]) } };
  });
}

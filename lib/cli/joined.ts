import type { Plan } from "../plan/plan";
import { groupBy } from "../core/lists";

/** Plans of programs that meet in the same clusters: a platform's, and its applications'. */
export interface JoinedPlans {
  /** Name of the platform. */
  readonly platform: string;
  /** Name of the environment; a preview is in the one that it is made from. */
  readonly environment: string;
  readonly plans: readonly Plan[];
}

/** Joins Plans by platform and environment. */
export function joinPlans(plans: readonly Plan[]): JoinedPlans[] {
  return [...groupBy(plans, placeOf)].map(([key, same]) => {
    const [platform = "", environment = ""] = key.split("\0");
    return { platform, environment, plans: same };
  });
}

/** Tells the platforms and environments apart that Plans are about; a preview is in the one that it is made from. */
export function placeOf({ platform, environment }: Plan): string {
  return `${platform}\0${environment.preview?.from ?? environment.name}`;
}

/** `acme and shop in prod`, whatever the order in which programs were named. */
export function titleOf({ environment, plans }: JoinedPlans): string {
  const names = [...new Set(plans.map(({ program }) => program))].sort();
  const last = names.pop() ?? "";
  return `${names.length === 0 ? last : `${names.join(", ")} and ${last}`} in ${environment}`;
}

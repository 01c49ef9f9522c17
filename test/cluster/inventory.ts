// Everything that a control plane holds, to prove that deleting leaves nothing behind.
import { bodyOf, discover, type KubernetesList, pathOf } from "./api.ts";
import type { Applied } from "./apply.ts";
import type { ControlPlane } from "./control-plane.ts";
import { inWaves } from "./manifests.ts";
import { until } from "./processes.ts";

/** Kinds that the control plane writes for itself, whatever is deployed. */
const ownNotes = new Set(["events", "leases", "componentstatuses"]);

/** Each object as `deployments.apps shop/checkout`. */
export type Inventory = ReadonlySet<string>;

async function list(controlPlane: ControlPlane): Promise<Inventory> {
  const found = new Set<string>();
  const kinds = new Map(
    (await discover(controlPlane.request))
      .filter(({ resource, verbs }) => verbs.includes("list") && !ownNotes.has(resource))
      // One version of each is enough: they are views of the same objects.
      .reverse()
      .map((kind) => [`${kind.resource}.${kind.group}`, kind] as const),
  );
  await Promise.all(
    [...kinds].map(async ([resource, kind]) => {
      const response = await controlPlane.request<KubernetesList>("GET", pathOf(kind));
      // A definition that goes away answers "not found" before discovery forgets it.
      if (response.status === 404) return;
      for (const { metadata } of bodyOf(response, `listing ${resource}`).items)
        found.add(`${resource} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`);
    }),
  );
  return found;
}

/** The listing before an apply, taken when it has stopped growing: controllers still furnish a new control plane. */
export async function takeInventory(controlPlane: ControlPlane): Promise<Inventory> {
  let last: Inventory = new Set();
  const ask = async () => {
    const now = await list(controlPlane);
    const same = now.size === last.size && [...now].every((each) => last.has(each));
    last = now;
    return same ? undefined : "objects come and go";
  };
  await until("the control plane is at rest", ask, { timeout: 30_000, interval: 500 });
  return last;
}

/** Deletes what was applied, the last wave first, and leaves what hangs on it to the garbage collector. */
export async function deleteAll(controlPlane: ControlPlane, applied: Applied): Promise<void> {
  const waves = inWaves(applied.objects.map(({ manifest }) => manifest)).reverse();
  for (const wave of waves)
    await Promise.all(
      applied.objects
        .filter(({ manifest }) => wave.includes(manifest))
        .map(async ({ identity, path }) => {
          const response = await controlPlane.request("DELETE", path, {
            apiVersion: "v1",
            kind: "DeleteOptions",
            propagationPolicy: "Background",
          });
          bodyOf(response, `deleting ${identity}`);
        }),
    );
}

/** The control plane holds again exactly what it held before: nothing more, and nothing less. */
export async function expectNothingRemains(
  controlPlane: ControlPlane,
  before: Inventory,
  options: { readonly timeout?: number } = {},
): Promise<void> {
  const ask = async () => {
    const now = await list(controlPlane);
    const remaining = [...now].filter((each) => !before.has(each));
    const lost = [...before].filter((each) => !now.has(each));
    const problems = [
      ...remaining.map((each) => `${each} remains`),
      ...lost.map((each) => `${each} was there before and is gone`),
    ];
    return problems.length === 0 ? undefined : problems.join("\n");
  };
  await until("nothing remains", ask, { timeout: options.timeout ?? 90_000, interval: 500 });
}

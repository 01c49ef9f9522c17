// Applies rendered manifests as a GitOps controller does, and waits for what they should lead to.
import { ApiError, bodyOf, discover, type KubernetesObject, pathOf, type ServedKind } from "./api.ts";
import type { ControlPlane } from "./control-plane.ts";
import { identityOf, inWaves, isRecord, type Manifest, readManifests } from "./manifests.ts";
import { sleep, until } from "./processes.ts";

export interface AppliedObject {
  readonly manifest: Manifest;
  readonly identity: string;
  /** Of the one object. */
  readonly path: string;
  readonly resourceVersion: string;
}

export interface Applied {
  readonly directory: string;
  readonly objects: readonly AppliedObject[];
  /** Manifests that were left out, because their kind is not served and the caller expected that. */
  readonly notServed: readonly Manifest[];
}

export interface ApplyOptions {
  /** Kinds, as `argoproj.io/v1alpha1 Application`, whose definitions the control plane is known to lack. */
  readonly notServed?: readonly string[];
  /** Takes also what the server warns of: for manifests that are not ours to mend. */
  readonly takesWarnings?: boolean;
}

const query = "fieldManager=flagstone-test&fieldValidation=Strict&force=false";
const applyPatch = "application/apply-patch+yaml";

/**
 * Applies every manifest below a directory on the server side, with strict field validation. Throws one error that
 * lists all refused objects and all warnings: a warning of admission is a failure, too.
 */
export async function applyDirectory(
  controlPlane: ControlPlane,
  directory: string,
  options: ApplyOptions = {},
): Promise<Applied> {
  const manifests = readManifests(directory);
  if (manifests.length === 0) throw new Error(`${directory} has no manifests`);
  const objects: AppliedObject[] = [];
  const notServed: Manifest[] = [];
  const problems: string[] = [];
  for (const wave of inWaves(manifests)) {
    const served = await discover(controlPlane.request); // again, for an earlier wave may have defined kinds
    await Promise.all(
      wave.map(async (manifest) => {
        const { apiVersion, kind } = manifest.object;
        const match = served.find((each) => each.apiVersion === apiVersion && each.kind === kind);
        if (match !== undefined) {
          const result = await applyOne(controlPlane, manifest, match);
          if (result.applied === undefined || options.takesWarnings !== true) problems.push(...result.problems);
          if (result.applied !== undefined) objects.push(result.applied);
        } else if (options.notServed?.includes(`${apiVersion} ${kind}`)) notServed.push(manifest);
        else problems.push(`${manifest.file}: the server serves no ${apiVersion} ${kind}`);
      }),
    );
    if (problems.length > 0) throw new Error(`not applied cleanly:\n${problems.join("\n")}`);
    await prerequisites(controlPlane, wave);
  }
  return { directory, objects, notServed };
}

async function applyOne(
  controlPlane: ControlPlane,
  manifest: Manifest,
  served: ServedKind,
): Promise<{ readonly applied?: AppliedObject; readonly problems: readonly string[] }> {
  const identity = identityOf(manifest.object);
  const { namespace, name } = manifest.object.metadata;
  if (served.namespaced && namespace === undefined) return { problems: [`${identity} names no namespace`] };
  if (!served.namespaced && namespace !== undefined)
    return { problems: [`${identity} is cluster-scoped and names a namespace`] };
  const path = pathOf(served, namespace, name);
  try {
    const { body, problems } = await patch(controlPlane, path, manifest);
    const resourceVersion = body.metadata.resourceVersion ?? "";
    return { applied: { manifest, identity, path, resourceVersion }, problems };
  } catch (error) {
    if (error instanceof ApiError) return { problems: [error.message] };
    throw error;
  }
}

async function patch(controlPlane: ControlPlane, path: string, manifest: Manifest) {
  const response = await controlPlane.request("PATCH", `${path}?${query}`, manifest.text, applyPatch);
  const identity = identityOf(manifest.object);
  return {
    body: bodyOf(response, identity),
    problems: response.warnings.map((warning) => `${identity}: the server warned: ${warning}`),
  };
}

/**
 * Throws unless the server stored every field with the value that the manifest gives it. Strict validation refuses unknown
 * fields only: those of a feature that is off are dropped in silence.
 */
export async function expectStored(controlPlane: ControlPlane, applied: Applied): Promise<void> {
  const problems = await Promise.all(
    applied.objects.map(async ({ identity, manifest, path }) => {
      const stored = bodyOf(await controlPlane.request("GET", path), identity);
      return notStored(written(manifest.object), stored).map((problem) => `${identity}${problem}`);
    }),
  );
  if (problems.flat().length > 0) throw new Error(`not stored as written:\n${problems.flat().join("\n")}`);
}

/** `stringData` is never stored: it becomes `data`. */
function written(object: KubernetesObject): unknown {
  const { stringData, ...rest } = object as KubernetesObject & { readonly stringData?: Record<string, string> };
  if (object.kind !== "Secret" || stringData === undefined) return object;
  const data = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  return { ...rest, data: Object.fromEntries(data) as unknown };
}

function notStored(wanted: unknown, stored: unknown, path = ""): string[] {
  if (isRecord(wanted) && isRecord(stored))
    return Object.entries(wanted).flatMap(([key, value]) => notStored(value, stored[key], `${path}.${key}`));
  if (Array.isArray(wanted) && Array.isArray(stored) && wanted.length === stored.length)
    return wanted.flatMap((each, index) => notStored(each, stored[index], `${path}[${index}]`));
  if (wanted === "" && stored === undefined) return []; // one and the same to the server, which leaves it out
  const [asWritten, asStored] = [JSON.stringify(wanted), JSON.stringify(stored)];
  return asWritten === asStored ? [] : [`${path} is ${asStored} instead of ${asWritten}`];
}

/** What admission looks at when pods come, and controllers fill in a moment after it was applied. */
async function prerequisites(controlPlane: ControlPlane, wave: readonly Manifest[]): Promise<void> {
  for (const { object } of wave) {
    const { namespace = "", name } = object.metadata;
    const get = (path: string) => controlPlane.request("GET", path);
    const wait = (what: string, path: string, done: (found: KubernetesObject) => boolean) =>
      until(
        what,
        async () => {
          const { status, body } = await get(path);
          return status === 200 && done(body) ? undefined : `${path} answered ${status}`;
        },
        // The quota controller looks for new kinds every 30 seconds.
        { timeout: 60_000, interval: 50 },
      );
    if (object.kind === "Namespace")
      await wait(`${name}'s default account`, `/api/v1/namespaces/${name}/serviceaccounts/default`, () => true);
    else if (object.kind === "ResourceQuota") {
      const counted = await countable(controlPlane, object);
      await wait(
        `quota ${name} is computed`,
        `/api/v1/namespaces/${namespace}/resourcequotas/${name}`,
        ({ status }) => isRecord(status) && isRecord(status.used) && counted.every((key) => key in Object(status.used)),
      );
    } else if (object.kind === "CustomResourceDefinition") {
      await wait(
        `${name} is established`,
        `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`,
        ({ status }) => conditionIsTrue(status, "Established"),
      );
      // Discovery learns of it a little later, and its storage is there a little later still.
      const served = async () => {
        const kind = (await discover(controlPlane.request)).find(
          ({ resource, group }) => `${resource}.${group}` === name,
        );
        return kind !== undefined && (await get(pathOf(kind))).status === 200;
      };
      const ask = async () => ((await served()) ? undefined : `${name} is not listed, or cannot be`);
      await until(`${name} is served`, ask, { timeout: 30_000, interval: 50 });
    }
  }
}

/** What a quota limits and the control plane can count: objects of kinds that are not served are none that it waits for. */
async function countable(controlPlane: ControlPlane, { spec }: KubernetesObject): Promise<string[]> {
  const hard = isRecord(spec) && isRecord(spec.hard) ? Object.keys(spec.hard) : [];
  const served = new Set(
    (await discover(controlPlane.request)).map(({ resource, group }) =>
      group === "" ? `count/${resource}` : `count/${resource}.${group}`,
    ),
  );
  return hard.filter((key) => !key.startsWith("count/") || served.has(key));
}

/** Whether a status carries a condition with `status: "True"`. */
export function conditionIsTrue(status: unknown, type: string): boolean {
  if (!isRecord(status) || !Array.isArray(status.conditions)) return false;
  return status.conditions.some((each: unknown) => isRecord(each) && each.type === type && each.status === "True");
}

/**
 * Applies everything again and throws if the server stored anything anew. Controllers write too (an autoscaler's
 * conditions, a rollout's status), so it waits for quiet first, compares around each single request, and believes in a
 * change only when it happens every time: a manifest that is not stable changes on each apply.
 */
export async function expectUnchanged(controlPlane: ControlPlane, applied: Applied): Promise<void> {
  await untilQuiet(controlPlane, applied);
  const changed = await Promise.all(
    applied.objects.map(async ({ identity, manifest, path }) => {
      for (let attempt = 1; ; attempt++) {
        const before = bodyOf(await controlPlane.request("GET", path), identity);
        const { body: after, problems } = await patch(controlPlane, path, manifest);
        if (problems.length > 0) return problems.join("\n");
        if (before.metadata.resourceVersion === after.metadata.resourceVersion) return undefined;
        if (attempt === 3) return `${identity} changed: ${differences(before, after).join(", ") || "managed fields"}`;
        await sleep(500);
      }
    }),
  );
  const problems = changed.filter((each) => each !== undefined);
  if (problems.length > 0) throw new Error(`applying the same manifests again changed them:\n${problems.join("\n")}`);
}

/** No object's version moved for two seconds, and every controller has seen its object's last generation. */
async function untilQuiet(controlPlane: ControlPlane, applied: Applied): Promise<void> {
  let last = "";
  let since = Date.now();
  const ask = async () => {
    const objects = await Promise.all(
      applied.objects.map(async ({ identity, path }) => bodyOf(await controlPlane.request("GET", path), identity)),
    );
    const behind = objects.find(
      ({ metadata, status }) =>
        isRecord(status) &&
        typeof status.observedGeneration === "number" &&
        status.observedGeneration < (metadata.generation ?? 0),
    );
    const now = objects.map(({ metadata }) => metadata.resourceVersion).join(" ");
    if (now !== last || behind !== undefined) since = Date.now();
    last = now;
    if (behind !== undefined) return `${identityOf(behind)} is not observed`;
    return Date.now() - since >= 2_000 ? undefined : "objects still change";
  };
  await until("the objects come to rest", ask, { timeout: 60_000 });
}

/** Paths at which two values differ, without what the server notes for itself. */
export function differences(before: unknown, after: unknown, path = ""): string[] {
  if (path === ".metadata.resourceVersion" || path === ".metadata.managedFields") return [];
  if (isRecord(before) && isRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differences(before[key], after[key], `${path}.${key}`));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((each, index) => differences(each, after[index], `${path}[${index}]`));
  return JSON.stringify(before) === JSON.stringify(after)
    ? []
    : [`${path} from ${JSON.stringify(before)} to ${JSON.stringify(after)}`];
}

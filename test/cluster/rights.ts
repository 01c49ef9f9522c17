// What the server's roles let somebody do: tried verb by verb, or asked as `kubectl auth can-i --list` does.
import { bodyOf, type Identity, type Method, pathOf, type Request, type ServedKind } from "./api.ts";
import type { ControlPlane } from "./control-plane.ts";

export interface Answer {
  readonly status: number;
  /** What the server says, if it is not what was asked for. */
  readonly message: string;
}

/** A body that is a patch is a merge patch. */
export async function ask(request: Request, method: Method, path: string, body?: object): Promise<Answer> {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const answer = await request<{ readonly message?: string } | string>(method, path, body, type);
  const message = typeof answer.body === "string" ? answer.body : (answer.body.message ?? "");
  return { status: answer.status, message };
}

const requestsOf: Readonly<Record<string, (collection: string) => readonly [Method, string, object?]>> = {
  get: (path) => ["GET", `${path}/x`],
  list: (path) => ["GET", path],
  watch: (path) => ["GET", `${path}?watch=true&timeoutSeconds=1`],
  create: (path) => ["POST", `${path}?dryRun=All`, {}],
  update: (path) => ["PUT", `${path}/x?dryRun=All`, {}],
  patch: (path) => ["PATCH", `${path}/x?dryRun=All`, {}],
  delete: (path) => ["DELETE", `${path}/x?dryRun=All`],
  deletecollection: (path) => ["DELETE", `${path}?dryRun=All`],
};

/** Tries each verb of these kinds, and returns what no role's absence refuses, as in `create pods`. */
export async function notRefused(
  controlPlane: ControlPlane,
  somebody: Identity,
  kinds: readonly ServedKind[],
  namespace?: string,
): Promise<string[]> {
  const request = controlPlane.as(somebody);
  const found = await Promise.all(
    kinds.flatMap((kind) =>
      kind.verbs.map(async (verb) => {
        const { status, message } = await ask(request, ...requestsOf[verb]!(pathOf(kind, namespace)));
        const says = `User "${somebody.user}" cannot ${verb} resource "${kind.resource}"`;
        return status === 403 && message.includes(says) ? [] : [`${verb} ${kind.resource}`];
      }),
    ),
  );
  return [...new Set(found.flat())].sort();
}

export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
}

/** The server's own list of what somebody may do in a namespace. */
export async function rulesOf(
  controlPlane: ControlPlane,
  somebody: Identity,
  namespace: string,
): Promise<readonly Rule[]> {
  const path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
  const review = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", spec: { namespace } };
  const { status } = bodyOf(await controlPlane.as(somebody)("POST", path, review), path);
  return (status as { readonly resourceRules: readonly Rule[] }).resourceRules;
}

/** The kinds that rules let somebody make and that stay, as a quota counts them: `services`, `deployments.apps`. */
export function makes(rules: readonly Rule[]): string[] {
  const kinds = rules
    .filter(({ verbs }) => verbs.includes("create"))
    .flatMap(({ apiGroups = [], resources = [] }) =>
      resources
        .filter((name) => !name.includes("/") && !name.startsWith("selfsubject"))
        .flatMap((name) => apiGroups.map((group) => [name, group])),
    );
  return [...new Set(kinds.map(([name, group]) => (group === "" ? name! : `${name}.${group}`)))].sort();
}

import { basename, dirname } from "node:path";
import type { Capability } from "../core/capability";
import { compare } from "../core/findings";
import { isDnsLabel } from "../core/names";
import { didYouMean } from "../core/suggest";
import { composeManifests } from "./compose/compose";
import type { FileReader } from "./compose/files";
import { type Input, InputError } from "./input/read";
import { at, type JsonMap } from "./json";
import type { Ways } from "./kubernetes/entry";
import { kindOf, labelsOf, namespaceOf } from "./kubernetes/objects";
import { translate } from "./kubernetes/translate";
import type { Translation } from "./model";
import { dnsLabel } from "./names";
import type { FieldReport } from "./report";
import { scoreManifests } from "./score/score";
import { programFiles } from "./write/files";
import type { GivenPlatform } from "./write/program";

/** Facts of a platform that is there, as far as an import asks them. */
export interface PlatformView {
  readonly module: string;
  readonly export: string;
  readonly domain: string;
  readonly facts: {
    readonly environments: Readonly<
      Record<
        string,
        {
          readonly domain?: string | undefined;
          readonly stack?: string | undefined;
          readonly clusters?:
            | Readonly<Record<string, { readonly capabilities?: readonly Capability[] | undefined } | undefined>>
            | undefined;
        }
      >
    >;
    readonly tenants?: Readonly<Record<string, { readonly namespaces?: readonly string[] | undefined }>> | undefined;
  };
}

/** What an import is asked for. */
export interface ImportProps {
  readonly input: Input;
  readonly tenant?: string | undefined;
  readonly namespace?: string | undefined;
  readonly platform?: PlatformView | undefined;
  /** Objects that Flagstone refused as constructs, by id. */
  readonly refused?: ReadonlyMap<string, string> | undefined;
  /** Reads files that a Compose file names. */
  readonly readFile?: FileReader | undefined;
}

/** A program, and where it comes from. */
export interface ImportResult {
  readonly files: ReadonlyMap<string, string>;
  readonly translation: Translation;
  readonly fields: readonly FieldReport[];
  readonly hints: readonly string[];
  readonly lines: { readonly input: number; readonly program: number };
  readonly tenant: string;
}

/** What manifests are told besides: what their kind cannot say. */
export interface Manifests {
  readonly objects: readonly JsonMap[];
  readonly runAfter: ReadonlyMap<string, readonly string[]>;
  readonly comments: ReadonlyMap<string, readonly string[]>;
  /** Addresses that a workload calls besides those in its variables. */
  readonly calls: ReadonlyMap<string, readonly string[]>;
  readonly fields: readonly FieldReport[];
  readonly hints: readonly string[];
  /** A name for what was imported, where the input has one. */
  readonly name: string | undefined;
}

/** Makes a program of what was read. It writes nothing. */
export function importProgram(props: ImportProps): ImportResult {
  const { input, platform, namespace: asked } = props;
  if (asked !== undefined && !isDnsLabel(asked))
    throw new InputError(`--namespace "${asked}" is no DNS label (lower-case letters, digits and "-")`);
  const tenant = tenantOf(props);
  const domain = domainOf(tenant, platform);
  const manifests = manifestsOf(props, tenant, domain);
  const namespace = namespaceFor(props, tenant, manifests.objects);
  const translation = translate(manifests.objects, {
    tenant,
    namespace,
    domain,
    // Where tiers are not known, the number of pods is said.
    defaultReplicas: platform ? Number.NaN : 1,
    runAfter: manifests.runAfter,
    comments: manifests.comments,
    calls: manifests.calls,
    refused: props.refused,
    ways: platform && waysOf(platform),
  });
  const sources = input.files.map(({ path }) => (path === "-" ? "standard input" : basename(path)));
  const files = programFiles(translation.program, {
    source:
      sources.length > 3 ? `${sources.slice(0, 3).join(", ")} and ${sources.length - 3} more` : sources.join(", "),
    name: tenant,
    platform: platform && givenPlatform(platform),
  });
  return {
    files,
    translation,
    fields: manifests.fields,
    hints: [...manifests.hints, ...input.notes, ...(platform ? platformHints(translation) : [])],
    lines: { input: input.files.reduce((sum, { text }) => sum + linesOf(text), 0), program: programLines(files) },
    tenant,
  };
}

function manifestsOf({ input, readFile }: ImportProps, tenant: string, domain: string): Manifests {
  switch (input.kind) {
    case "kubernetes":
      return {
        objects: input.objects,
        runAfter: new Map(),
        comments: new Map(),
        calls: new Map(),
        fields: [],
        hints: [],
        name: undefined,
      };
    case "score":
      return scoreManifests(input.documents, { tenant, domain });
    case "compose":
      return composeManifests(input.documents, { tenant, domain, readFile });
  }
}

/** Tenants are called like the namespace, the release of Helm, or the folder. */
function tenantOf({ input, tenant, namespace, platform }: ImportProps): string {
  const known = platform && Object.keys(platform.facts.tenants ?? {});
  const [only, ...more] = known ?? [];
  const asked = tenant ?? (only !== undefined && more.length === 0 ? only : undefined);
  if (asked !== undefined) {
    if (known && !known.includes(asked))
      throw new InputError(
        `${platform?.export ?? "the platform"} has no tenant "${asked}": ${didYouMean(asked, known)}`,
      );
    if (!isDnsLabel(asked))
      throw new InputError(`--tenant "${asked}" is no DNS label (lower-case letters, digits and "-")`);
    return asked;
  }
  if (known) throw new InputError(`--tenant says which one of ${known.join(", ")} it is for`);
  const namespaces = [
    ...new Set(
      input.objects.flatMap((object) =>
        kindOf(object) === "core/Namespace" ? (at(object, "metadata", "name") as string) : (namespaceOf(object) ?? []),
      ),
    ),
  ].filter((name) => name !== "default" && !name.startsWith("kube-"));
  const releases = [
    ...new Set(
      input.objects.flatMap(
        (object) => labelsOf(object)["app.kubernetes.io/instance"] ?? labelsOf(object)["release"] ?? [],
      ),
    ),
  ];
  const own = input.documents.flatMap(({ document }) => {
    const name = input.kind === "score" ? at(document, "metadata", "name") : document["name"];
    return typeof name === "string" ? [name] : [];
  });
  const paths = input.files.map((file) => file.path);
  const [first = "app"] = paths;
  const path = paths.length > 1 ? dirname(first) : first;
  const base = basename(path).replace(/\.(ya?ml|json)$/, "");
  const isGeneral =
    /^(-|kubernetes-manifests|manifests?|all|k8s|score|(docker-)?compose|index|deploy(ment)?|release|install)$/.test(
      base,
    );
  const folder = basename(dirname(path));
  const fromFile = isGeneral ? (folder === "." || folder === "" ? "app" : folder) : base;
  const single = (names: readonly string[]): string | undefined => (names.length === 1 ? names[0] : undefined);
  const wish =
    namespace ??
    single(namespaces) ??
    (input.kind === "score" && own.length > 1 ? undefined : single([...new Set(own)])) ??
    single(releases) ??
    fromFile;
  return dnsLabel(wish, "app");
}

function namespaceFor({ namespace, platform }: ImportProps, tenant: string, objects: readonly JsonMap[]): string {
  if (namespace !== undefined) return namespace;
  const given = platform?.facts.tenants?.[tenant]?.namespaces?.[0];
  if (given !== undefined || platform) return given ?? tenant;
  // Where all say the same, that is it; "default" belongs to nobody.
  const said = objects
    .map(namespaceOf)
    .filter((name): name is string => name !== undefined && !name.startsWith("kube-"));
  const counts = new Map<string, number>();
  for (const name of said) counts.set(name, (counts.get(name) ?? 0) + 1);
  const [most] = [...counts].sort(([a, x], [b, y]) => y - x || compare(a, b));
  const unsaid = objects.filter((object) => namespaceOf(object) === undefined && kindOf(object) !== "core/Namespace");
  return most && most[0] !== "default" && (most[1] >= unsaid.length || counts.size === 1) ? most[0] : tenant;
}

function domainOf(tenant: string, platform: PlatformView | undefined): string {
  if (!platform) return `dev.${tenant}.example`;
  const [first] = Object.entries(platform.facts.environments);
  return first?.[1].domain ?? `${first?.[0] ?? "dev"}.${platform.domain}`;
}

function waysOf({ facts }: PlatformView): Ways {
  const [environment] = Object.values(facts.environments);
  const [cluster] = Object.values(environment?.clusters ?? {});
  const offers = (cluster?.capabilities ?? []).map(({ offer }) => offer);
  const ingress = offers.find((offer) => offer.name === "ingress");
  const issuer = offers.find((offer) => offer.name === "cert-manager");
  return { className: ingress?.className, issuer: issuer && { name: issuer.issuer, kind: issuer.issuerKind } };
}

function givenPlatform({ module, export: name, facts }: PlatformView): GivenPlatform {
  const environments = Object.entries(facts.environments)
    .filter(([, { stack }]) => stack === undefined)
    .map(([environment, { clusters }]): [string, string[]] => [environment, Object.keys(clusters ?? { main: {} })]);
  return { module, export: name, environments: Object.fromEntries(environments) };
}

/** What an application's program cannot say, and the platform's has to. */
function platformHints({ program: { facts, tenant } }: Translation): string[] {
  const needs = {
    ...(Object.keys(facts.quota).length > 0 ? { quota: facts.quota } : {}),
    ...(Object.keys(facts.podSecurity).length > 0 ? { podSecurity: facts.podSecurity } : {}),
  };
  return [
    ...(Object.keys(needs).length > 0
      ? [
          `the platform's program has to say of the tenant: new Tenant(environment, "${tenant}", ${JSON.stringify(needs)})`,
        ]
      : []),
    ...(facts.hosts.length > 0
      ? [`the platform's facts have to allow the tenant "${tenant}" the hosts ${facts.hosts.join(", ")}`]
      : []),
  ];
}

/** Lines that say something. */
function linesOf(text: string): number {
  return text.split("\n").filter((line) => !/^\s*(#|\/\/|\/\*\*?|$)/.test(line)).length;
}

function programLines(files: ReadonlyMap<string, string>): number {
  return ["index.ts", "platform.ts"].reduce((sum, file) => sum + linesOf(files.get(file) ?? ""), 0);
}

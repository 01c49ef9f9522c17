import type { Finding } from "../../core/findings";
import type { Draft, DraftObject } from "../../plan/draft";
import { groupKindOf } from "../../plan/kinds";
import { at, isMap, type Json, type JsonMap, leaves, mapOf, mapsOf, prunedMap, textsOf, said } from "../json";
import { routesOf } from "../kubernetes/entry";
import { Selected } from "../kubernetes/labels";
import type { Account, PodFacts, Translation } from "../model";
import { type Difference, differences, fieldsOf } from "./differ";
import { type RuleContext, RULES } from "./rules";
import { resolveTargets, viewOf } from "./view";

/** A difference that no rule explains, or an object that is not there. */
export interface Unexplained {
  /** Id of the object of the input; of the output, where the input has none. */
  readonly object: string;
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** What one rule explains. */
export interface Explained {
  readonly rule: string;
  readonly fields: number;
  /** Fields that the input had and that are gone or other, by object. */
  readonly lost: readonly { readonly object: string; readonly path: string }[];
}

/** How what a program renders compares with what it was imported from. */
export interface Proof {
  /** Objects that were compared. */
  readonly objects: number;
  readonly explained: readonly Explained[];
  readonly unexplained: readonly Unexplained[];
  /** Objects that the input does not have, and the rule that says why. */
  readonly added: readonly { readonly object: string; readonly rule: string }[];
  readonly findings: readonly Finding[];
}

/** Compares the objects of a program, in its first cluster, with those that it was imported from. */
export function prove(translation: Translation, draft: Draft): Proof {
  const [first] = draft.environment.clusters;
  const objects = draft.objects.filter(({ cluster }) => cluster === first);
  const comparison = new Comparison(translation, objects);
  for (const account of translation.accounts) comparison.compare(account);
  comparison.judgeRest();
  return { ...comparison.result(), findings: draft.findings };
}

class Comparison {
  private readonly explained = new Map<string, { fields: number; lost: { object: string; path: string }[] }>();
  private readonly unexplained: Unexplained[] = [];
  private readonly added: { object: string; rule: string }[] = [];
  private readonly seen = new Set<DraftObject>();
  private readonly selected: Selected;
  private readonly canonicalAddress: (text: string) => string;
  private compared = 0;

  public constructor(
    private readonly translation: Translation,
    private readonly objects: readonly DraftObject[],
  ) {
    const kept = objects.filter((object) => this.isKept(object)).map(({ json }) => json as JsonMap);
    this.selected = new Selected(kept);
    this.canonicalAddress = addressesOf(translation);
  }

  public result(): Omit<Proof, "findings"> {
    const order = RULES.map(({ name }) => name);
    const explained = [...this.explained].map(([rule, { fields, lost }]) => ({ rule, fields, lost }));
    return {
      objects: this.compared,
      explained: explained.sort((a, b) => order.indexOf(a.rule) - order.indexOf(b.rule)),
      unexplained: this.unexplained,
      added: this.added,
    };
  }

  /** Compares one object of the input with what became of it. */
  public compare(account: Account): void {
    const { fate, object } = account;
    for (const [rule, fields] of account.dropped) this.count(rule, fields);
    this.compared += 1;
    if (fate.kind === "aside") {
      this.count(fate.rule, leaves(object));
      return;
    }
    if (fate.kind === "kept") {
      const kept = this.translation.program.kept.find(({ file }) => file === fate.file);
      const found = this.objects.find(
        (each) => this.isKept(each) && this.isSame(each.json as JsonMap, kept?.object ?? object),
      );
      if (found) this.judge(account, this.plainView(object), this.plainView(found.json as JsonMap), [found]);
      else this.missing(account);
      return;
    }
    switch (account.object["kind"]) {
      case "ConfigMap":
        // Its contents are compared where they are read.
        this.count("shape/files", leaves(object["data"]));
        return;
      case "Ingress":
        this.compareIngress(account);
        return;
      case "Namespace":
        this.compareNamespace(account);
        return;
      default:
        if (fate.type === "ExternalService") this.count("shape/external-service", leaves(object["spec"]));
        else this.compareConstruct(account, fate.id);
    }
  }

  private compareConstruct(account: Account, id: string): void {
    const { object } = account;
    const facts = this.translation.pods.get(id);
    const kind = said(object["kind"]);
    const candidates = this.made(id, kind);
    const found =
      kind === "PersistentVolumeClaim"
        ? candidates.find(({ json }) => json.metadata.name === at(object, "metadata", "name"))
        : candidates[0];
    if (!found || !facts) {
      this.missing(account);
      return;
    }
    const before = viewOf(object, {
      own: facts.own,
      configs: facts.configs,
      claims: facts.claims,
      renamed: facts.renamed,
    });
    const after = viewOf(found.json as JsonMap, this.outputContext(id));
    if (kind === "Service") {
      resolveTargets(before, facts.template);
      const [deployment] = this.made(id, "Deployment");
      resolveTargets(after, mapOf(at(deployment?.json, "spec", "template")));
    }
    this.countSidecars(object, facts);
    this.judge(account, before, after, [found]);
  }

  private outputContext(id: string) {
    const files = this.made(id, "ConfigMap").map(({ json }): [string, Record<string, string>] => [
      json.metadata.name,
      textsOf(json["data"]) ?? {},
    ]);
    const claims = this.made(id, "PersistentVolumeClaim").map(({ json }) => json.metadata.name);
    for (const object of [...this.made(id, "ConfigMap")]) this.seen.add(object);
    return { own: id, configs: new Map(files), claims: new Set(claims) };
  }

  private countSidecars(object: JsonMap, facts: PodFacts): void {
    const template = mapOf(facts.template["spec"]);
    const isWorkload = ["Deployment", "Job", "CronJob"].includes(said(object["kind"]));
    const more = mapsOf(template["containers"]).length - 1;
    if (isWorkload && more > 0) this.count("shape/native-sidecar", more);
  }

  /** An Ingress may have become several. */
  private compareIngress(account: Account): void {
    const routes = routesOf(account.object) ?? [];
    const owners = this.translation.program.workloads.map((workload) => workload.id);
    const parts = owners
      .flatMap((owner) => this.made(owner, "Ingress"))
      .filter(({ json }) => {
        const own = routesOf(json as JsonMap) ?? [];
        return own.some((route) => routes.some(({ host, path }) => route.host === host && route.path === path));
      });
    if (parts.length === 0) {
      this.missing(account);
      return;
    }
    const view = (object: JsonMap): JsonMap => {
      const made = viewOf(object, { own: "", configs: new Map(), claims: new Set() });
      for (const route of Object.values(mapOf(mapOf(made["spec"])["routes"])))
        if (isMap(route)) route["port"] = this.portOf(object, route);
      return made;
    };
    const views = parts.map(({ json }) => view(json as JsonMap));
    const [first = {}, ...others] = views;
    const merged = structuredClone(first);
    for (const other of others) {
      const spec = mapOf(merged["spec"]);
      if (other["metadata"] !== undefined)
        merged["metadata"] = { ...mapOf(other["metadata"]), ...mapOf(merged["metadata"]) };
      spec["routes"] = { ...mapOf(spec["routes"]), ...mapOf(mapOf(other["spec"])["routes"]) };
      spec["certificates"] = { ...mapOf(spec["certificates"]), ...mapOf(mapOf(other["spec"])["certificates"]) };
    }
    if (others.length > 0) this.count("shape/split-ingress", others.length);
    this.judge(account, view(account.object), prunedMap(merged), parts);
  }

  /** The number of a Service's port, which an Ingress may call by its name. */
  private portOf(ingress: JsonMap, route: JsonMap): Json {
    const { port, service } = route;
    if (typeof port !== "string") return port ?? null;
    const namespace = at(ingress, "metadata", "namespace");
    const found = this.translation.accounts.find(
      ({ object }) =>
        object["kind"] === "Service" &&
        at(object, "metadata", "name") === service &&
        (namespace === undefined || at(object, "metadata", "namespace") === namespace),
    );
    return mapsOf(at(found?.object, "spec", "ports")).find(({ name }) => name === port)?.["port"] ?? port;
  }

  private compareNamespace(account: Account): void {
    const name = at(account.object, "metadata", "name");
    const found = this.objects.find(({ json }) => json.kind === "Namespace" && json.metadata.name === name);
    // In an application's program, the namespace is the platform's.
    if (found) this.judge(account, this.plainView(account.object), this.plainView(found.json as JsonMap), [found]);
    else this.count("shape/namespace", leaves(mapOf(at(account.object, "metadata"))));
  }

  private plainView(object: JsonMap): JsonMap {
    return structuredClone(object);
  }

  /** Gives each difference to the rule that explains it. */
  private judge(account: Account, before: JsonMap, after: JsonMap, found: readonly DraftObject[]): void {
    for (const object of found) this.seen.add(object);
    const context = this.contextOf(account);
    for (const difference of differences(prunedView(before), prunedView(after))) {
      const rule = RULES.find((each) => each.explains?.(difference, context));
      if (rule) this.count(rule.name, fieldsOf(difference), account.id, difference);
      else
        this.unexplained.push({
          object: account.id,
          path: difference.path.join("."),
          before: difference.before,
          after: difference.after,
        });
    }
  }

  private contextOf({ fate, object }: Account): RuleContext {
    const facts = fate.kind === "construct" ? this.translation.pods.get(fate.id) : undefined;
    return {
      kind: groupKindOf(object as never),
      isKept: fate.kind === "kept",
      isScaled: facts?.isScaled ?? false,
      hasDisk: (facts?.claims.size ?? 0) > 0,
      selected: this.selected,
      canonicalAddress: this.canonicalAddress,
    };
  }

  /** Judges what the program has and the input has not. */
  public judgeRest(): void {
    for (const object of this.objects) {
      if (this.seen.has(object)) continue;
      const rule = this.ruleForAdded(object);
      if (rule === undefined) {
        this.unexplained.push({ object: object.id, path: "", before: undefined, after: object.json as JsonMap });
        continue;
      }
      this.added.push({ object: object.id, rule });
      this.count(rule, 0);
    }
  }

  private ruleForAdded(object: DraftObject): string | undefined {
    const { kind } = object.json;
    const isWorkloads = this.translation.pods.has(object.component.node.id) && !this.isTenant(object.component);
    if (this.isKept(object)) {
      return this.translation.program.kept.some((kept) => this.isSame(object.json as JsonMap, kept.object)) &&
        kind === "NetworkPolicy"
        ? "tenant/kept-policies"
        : undefined;
    }
    if (!isWorkloads) return "tenant/guards";
    if (kind === "NetworkPolicy" || kind === "CiliumNetworkPolicy") return "hardening/network-policy";
    if (kind === "ServiceAccount") return "hardening/service-account";
    if (kind === "PodDisruptionBudget") return "hardening/budget-added";
    return undefined;
  }

  private missing({ id }: Account): void {
    this.unexplained.push({ object: id, path: "", before: "the object", after: undefined });
  }

  private count(rule: string, fields: number, object?: string, difference?: Difference): void {
    const known = this.explained.get(rule) ?? { fields: 0, lost: [] };
    known.fields += fields;
    if (object !== undefined && difference?.before !== undefined)
      known.lost.push({ object, path: difference.path.join(".") });
    this.explained.set(rule, known);
  }

  /** Objects of a kind that a construct made. */
  private made(id: string, kind: string): DraftObject[] {
    return this.objects.filter(
      ({ component, json }) => component.node.id === id && json.kind === kind && !this.isTenant(component),
    );
  }

  /** Whether an object is one that stays; those that say no namespace are in the tenant's first, or in none. */
  private isSame(json: JsonMap, kept: JsonMap): boolean {
    const [first] = this.translation.program.facts.namespaces;
    const namespace = at(json, "metadata", "namespace");
    const own = at(kept, "metadata", "namespace");
    const names = ["name", "generateName"] as const;
    return (
      json["kind"] === kept["kind"] &&
      json["apiVersion"] === kept["apiVersion"] &&
      names.every((name) => at(json, "metadata", name) === at(kept, "metadata", name)) &&
      (own === namespace || (own === undefined && namespace === first))
    );
  }

  private isTenant(component: DraftObject["component"]): boolean {
    return component.node.scope?.node.scope === undefined;
  }

  /** Kept objects stand right below the tenant or the environment; what the tenant makes itself is in a chart. */
  private isKept({ construct, component }: DraftObject): boolean {
    return construct.node.scope === component && this.translation.program.kept.length > 0;
  }
}

function prunedView(view: JsonMap): JsonMap {
  return mapOf(JSON.parse(JSON.stringify(view, (_, value: unknown) => (value === null ? undefined : value))) as Json);
}

/** Says the full name of each Service in a text, however short it was written. */
function addressesOf({ accounts, program }: Translation): (text: string) => string {
  const [namespace] = program.facts.namespaces;
  const services = accounts.filter(({ object }) => object["kind"] === "Service");
  const names = new Map(
    services.flatMap(({ object, fate }): [string, string][] => {
      const name = said(at(object, "metadata", "name"));
      const own = said(at(object, "metadata", "namespace") ?? namespace);
      const external =
        fate.kind === "construct" && fate.type === "ExternalService" ? at(object, "spec", "externalName") : undefined;
      const full = typeof external === "string" ? external : `${name}.${own}.svc`;
      const short: [string, string][] = own === namespace ? [[name, full]] : [];
      return [
        ...short,
        [`${name}.${own}`, full],
        [`${name}.${own}.svc`, full],
        [`${name}.${own}.svc.cluster.local`, full],
      ];
    }),
  );
  return (text) =>
    text.replace(/(?<![\w.-])[a-z](?:[-a-z0-9.]*[a-z0-9])?(?![\w-])/g, (host) => names.get(host) ?? host);
}

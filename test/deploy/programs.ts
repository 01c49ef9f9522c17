// Small programs for tests, and what is asked of them more than once.
import { load } from "js-yaml";
import {
  type AwsProps,
  Cluster,
  definePlatform,
  type Delivery,
  type Environment,
  type KubeconfigProps,
  Platform,
  Tenant,
} from "flagstone";
import type { Runnable } from "../../lib/core/host.ts";
import { makeDraft } from "../../lib/plan/make-draft.ts";
import type { KnownOutputs } from "../../lib/render/outputs.ts";
import { render, type Rendered } from "../../lib/render/render.ts";
import { objectsOf, type Registered, type Up } from "../engine/engine.ts";

export const facts = definePlatform("acme", {
  domain: "acme.example",
  environments: {
    dev: { tier: "development" },
    prod: { tier: "production", clusters: { eu: { region: "eu-central-1" }, us: { region: "us-east-1" } } },
  },
  tenants: { shop: { owners: ["group:shop"] } },
});

type Names = typeof facts extends { environmentOf(scope: never): Environment<infer X> } ? X : never;

export interface ProgramProps {
  readonly kubeconfig?: KubeconfigProps | undefined;
  readonly aws?: AwsProps | undefined;
  readonly delivery?: Delivery | undefined;
}

/** A platform with a tenant, for both of its environments. */
export function platformOf(
  define: (tenant: Tenant<Names>, environment: Environment<Names>) => void,
  { kubeconfig, aws, delivery }: ProgramProps = {},
): Platform<Names> {
  const cluster = Cluster.fromKubeconfig(kubeconfig);
  const platform = new Platform(facts, {
    environments: {
      dev: { clusters: cluster, aws, delivery },
      prod: { clusters: { eu: cluster, us: cluster }, aws, delivery },
    },
  });
  platform.run((environment) => define(new Tenant(environment, "shop"), environment));
  return platform;
}

/** Text of each file that an environment renders to. */
export function renderedFiles(program: Runnable, environment: string): Readonly<Record<string, string>> {
  return Object.fromEntries(rendered(program, environment).files);
}

/** Objects that an environment renders to, as a YAML parser reads them. */
export function renderedObjects(
  program: Runnable,
  environment: string,
  outputs?: KnownOutputs,
): Readonly<Record<string, unknown>> {
  const { files } = rendered(program, environment, outputs);
  return Object.fromEntries(
    [...files].map(([path, text]) => {
      const object = load(text) as Record<string, unknown>;
      return [keyOf(path.split("/")[1] ?? "", object), object];
    }),
  );
}

function rendered(program: Runnable, environment: string, outputs?: KnownOutputs): Rendered {
  const draft = makeDraft(program.instantiate(environment));
  const errors = draft.findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join("\n"));
  return render(draft, outputs);
}

/** Objects that were registered, under the same keys. */
export function registeredObjects(up: Up): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    objectsOf(up).map(({ provider = "", inputs }) => [keyOf(provider.split("::").at(-1) ?? "", inputs), inputs]),
  );
}

function keyOf(cluster: string, { apiVersion, kind, metadata }: Readonly<Record<string, unknown>>): string {
  const { namespace = "-", name } = metadata as { namespace?: string; name: string };
  return [cluster, apiVersion, kind, namespace, name].join(" ");
}

/** Type and name of each resource, components left out. */
export function namesOf(resources: readonly Registered[]): string[] {
  return resources
    .filter(({ custom }) => custom)
    .map(({ type, name }) => `${type} ${name}`)
    .sort();
}

import { type Contract, CONTRACT_VERSION, type ContractCluster, type ContractTenant } from "../core/contract";
import type { Runnable } from "../core/host";
import { type ClusterConnection, stackNameOf } from "../core/scope";
import type { Draft } from "../plan/draft";
import { groupKindOf } from "../plan/kinds";
import type { ContractExpectation } from "./check-contract";
import type { ExportedOutputs } from "./objects";

/** What a program says to other repositories about the environment that it deploys. */
export function contractOf(program: Runnable, draft: Draft, outputs: ExportedOutputs): Contract {
  const { environment } = draft;
  return {
    contractVersion: CONTRACT_VERSION,
    kind: program.kind,
    program: program.name,
    platform: environment.platformName,
    environment: stackNameOf(environment),
    ...(program.kind === "platform" ? { tenants: tenantsOf(draft), clusters: clustersOf(draft) } : {}),
    ...(Object.keys(outputs).length === 0 ? {} : { outputs }),
  };
}

/** Tenants whose namespaces the program makes. */
function tenantsOf({ objects }: Draft): Record<string, ContractTenant> {
  const namespaces = objects.filter(({ json, tenant }) => tenant && groupKindOf(json) === "core/Namespace");
  const names = sorted(namespaces.map(({ tenant }) => tenant?.name ?? ""));
  return Object.fromEntries(
    names.map((name) => {
      const own = namespaces.filter(({ tenant }) => tenant?.name === name);
      return [
        name,
        {
          namespaces: sorted(own.map(({ json }) => json.metadata.name)),
          clusters: sorted(own.map(({ cluster }) => cluster.name)),
        },
      ];
    }),
  );
}

function clustersOf({ environment }: Draft): Record<string, ContractCluster> {
  return Object.fromEntries(
    environment.clusters.flatMap(({ name }) => {
      const connection = environment.connections[name];
      return connection ? [[name, clusterOf(connection)] as const] : [];
    }),
  );
}

/** The path of a kubeconfig file is one machine's, so it is left out. */
function clusterOf(connection: ClusterConnection): ContractCluster {
  if (connection.kind === "endpoint") return connection;
  const { kind, context } = connection;
  return context === undefined ? { kind } : { kind, context };
}

/** What a program needs of the contract of the platform's stack: whatever its objects go to. */
export function expectationOf({ environment, objects }: Draft, stack: string): ContractExpectation {
  const places = new Map<string, ContractExpectation["places"][number]>();
  for (const { tenant, cluster, json } of objects) {
    const { namespace } = json.metadata;
    if (!tenant || namespace === undefined) continue;
    places.set([tenant.name, namespace, cluster.name].join("/"), {
      tenant: tenant.name,
      namespace,
      cluster: cluster.name,
    });
  }
  return {
    stack,
    platform: environment.platformName,
    environment: environment.name,
    places: [...places.values()],
    clusters: sorted(objects.map(({ cluster }) => cluster.name)).map((name) => ({
      name,
      isReachedByContract: environment.connections[name] === undefined,
    })),
  };
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

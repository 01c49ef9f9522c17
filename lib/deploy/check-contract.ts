import { isPlainObject } from "../core/merge";
import { type Contract, CONTRACT_VERSION } from "../core/contract";
import { compare, type Problem } from "../core/findings";
import { show } from "../core/keys";

/** What an application needs of the contract of the platform's stack. */
export interface ContractExpectation {
  /** Address of that stack, for messages. */
  readonly stack: string;
  /** Name of the platform. */
  readonly platform: string;
  /** Name of the environment; of a preview, of its base. */
  readonly environment: string;
  /** Where its objects go. */
  readonly places: readonly { readonly tenant: string; readonly namespace: string; readonly cluster: string }[];
  /** Clusters that its objects go to, and whether the contract is to say how they are reached. */
  readonly clusters: readonly { readonly name: string; readonly isReachedByContract: boolean }[];
}

/**
 * Everything that is wrong with a contract. When it is none, or that of something else, what it holds is not judged.
 *
 * @param given - what the platform's stack exports as `flagstone`
 */
export function checkContract(given: unknown, expected: ContractExpectation): Problem[] {
  const problems = checkForm(given, expected);
  if (problems.length > 0) return problems;
  // The form was judged: what a stack exports has no types.
  const contract = given as Contract;
  const mistaken = checkIdentity(contract, expected);
  return mistaken.length > 0 ? mistaken : [...checkClusters(contract, expected), ...checkPlaces(contract, expected)];
}

function checkForm(given: unknown, { stack }: ContractExpectation): Problem[] {
  if (given === undefined || given === null) {
    return [
      {
        rule: "contract/missing",
        message: `stack "${stack}" exports no "flagstone"`,
        fix: "deploy the platform's program there, whose last line is export const flagstone = platform.run(…); or mend the address in the facts",
      },
    ];
  }
  if (!isPlainObject(given))
    return [notOne(`stack "${stack}" exports ${show(given)} as "flagstone", which is no contract`)];
  // What this program's secrets provider cannot decrypt, Pulumi replaces by nothing.
  if (Object.keys(given).length === 0) {
    return [
      {
        rule: "contract/secret",
        message: `what stack "${stack}" exports as "flagstone" was left out, because it is secret and this stack cannot decrypt it`,
        fix: "export what run returned as it is, and not by secret(…): a contract has no secrets",
      },
    ];
  }
  const { contractVersion: version, tenants = {}, clusters = {} } = given;
  if (typeof version !== "number") {
    return [
      notOne(`stack "${stack}" exports something else than a contract as "flagstone": it has no contractVersion`),
    ];
  }
  if (version > CONTRACT_VERSION) {
    return [
      {
        rule: "contract/version",
        message: `the contract of stack "${stack}" has version ${version}, and this program knows versions up to ${CONTRACT_VERSION}`,
        fix: "upgrade flagstone in this repository: npm install flagstone@latest",
      },
    ];
  }
  if (version < CONTRACT_VERSION) {
    return [
      {
        rule: "contract/version",
        message: `the contract of stack "${stack}" has version ${version}, and this program needs version ${CONTRACT_VERSION}`,
        fix: "deploy the platform's stack with a newer flagstone",
      },
    ];
  }
  const isWhole =
    isPlainObject(tenants) &&
    Object.values(tenants).every(
      (tenant) => isPlainObject(tenant) && isList(tenant["namespaces"]) && isList(tenant["clusters"]),
    ) &&
    isPlainObject(clusters) &&
    Object.values(clusters).every((cluster) => isPlainObject(cluster) && typeof cluster["kind"] === "string");
  return isWhole ? [] : [notOne(`the contract of stack "${stack}" is damaged`)];
}

function notOne(message: string): Problem {
  return {
    rule: "contract/missing",
    message,
    fix: "export what run of the platform returned, as it is: export const flagstone = platform.run(…)",
  };
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function checkIdentity(contract: Contract, { stack, platform, environment }: ContractExpectation): Problem[] {
  const fix = `mend environments.${environment}.stack in the facts of platform "${platform}"`;
  if (contract.kind !== "platform") {
    const message = `stack "${stack}" is not the platform's, but that of application "${contract.program}"`;
    return [{ rule: "contract/kind", message, fix }];
  }
  const problems: Problem[] = [];
  if (contract.platform !== platform) {
    const message = `stack "${stack}" is of platform "${contract.platform}", and this program is for platform "${platform}"`;
    problems.push({ rule: "contract/platform", message, fix });
  }
  if (contract.environment !== environment) {
    const message = `stack "${stack}" deploys environment "${contract.environment ?? ""}", and this program needs "${environment}"`;
    problems.push({ rule: "contract/environment", message, fix });
  }
  return problems;
}

const DEPLOY_FIRST = "deploy the platform's stack first, with the facts that this program has";

function checkClusters({ clusters = {} }: Contract, expected: ContractExpectation): Problem[] {
  return expected.clusters.flatMap(({ name, isReachedByContract }): Problem[] => {
    const cluster = clusters[name];
    if (!cluster) {
      const message = `stack "${expected.stack}" knows no cluster "${name}" yet`;
      return [{ rule: "contract/cluster", message, fix: DEPLOY_FIRST }];
    }
    if (!isReachedByContract) return [];
    // Another one's current context may be any cluster.
    if (cluster.kind === "kubeconfig" && cluster.context === undefined) {
      return [
        {
          rule: "contract/cluster",
          message: `stack "${expected.stack}" reaches cluster "${name}" by whatever context is current, which need not be that cluster here`,
          fix: `name the context in the platform's program, or say how cluster "${name}" is reached in environments of the application`,
        },
      ];
    }
    if (cluster.kind === "kubeconfig" || cluster.kind === "endpoint") return [];
    const kind: unknown = (cluster as { kind: unknown }).kind;
    return [
      {
        rule: "contract/cluster",
        message: `cluster "${name}" of stack "${expected.stack}" is reached in a way that this program does not know: ${show(kind)}`,
        fix: "upgrade flagstone in this repository: npm install flagstone@latest",
      },
    ];
  });
}

function checkPlaces({ tenants = {} }: Contract, expected: ContractExpectation): Problem[] {
  const problems = new Map<string, Problem>();
  const report = (rule: string, message: string): void => {
    problems.set(message, { rule, message, fix: DEPLOY_FIRST });
  };
  for (const { tenant, namespace, cluster } of expected.places) {
    const known = tenants[tenant];
    if (!known) report("contract/tenant", `stack "${expected.stack}" has not created tenant "${tenant}" yet`);
    else if (!known.namespaces.includes(namespace)) {
      report(
        "contract/namespace",
        `stack "${expected.stack}" has not created namespace "${namespace}" of tenant "${tenant}" yet`,
      );
    } else if (!known.clusters.includes(cluster)) {
      report(
        "contract/tenant",
        `stack "${expected.stack}" has not created tenant "${tenant}" in cluster "${cluster}" yet`,
      );
    }
  }
  return [...problems.values()].sort((a, b) => compare(a.message, b.message));
}

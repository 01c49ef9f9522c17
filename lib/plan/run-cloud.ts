import type {
  ComponentResource,
  ComponentResourceOptions,
  CustomResourceOptions,
  Output,
  ProviderResource,
  Resource,
} from "@pulumi/pulumi";
import type { IConstruct } from "constructs";
import { type CloudDeclaration, withCloudRunner } from "../core/cloud";
import { messageOf } from "../core/errors";
import { compare, type Problem } from "../core/findings";
import { LABEL } from "../core/labels";
import { loadAwsProvider, loadPulumi } from "../core/pulumi";
import type { EnvironmentScope } from "../core/scope";

/**
 * The type of every Pulumi component that Flagstone makes. A URN holds the chain of parent types, so one type for all lets a construct
 * change its class without re-creating what is below.
 */
export const COMPONENT_TYPE = "flagstone:index:Construct";

/** Pulumi components by construct: parents of everything that is registered, made when first asked for. */
export class Components {
  private readonly made = new Map<string, ComponentResource>();
  private aws: ProviderResource | undefined;

  /** @param after - to be waited for before anything is registered; when it fails, nothing is */
  public constructor(
    private readonly environment: EnvironmentScope,
    private readonly after?: Output<Resource[]>,
  ) {}

  /** Component of a construct: parent is the stack, name is the path. */
  public of(construct: IConstruct): ComponentResource {
    const { path } = construct.node;
    const known = this.made.get(path);
    if (known) return known;
    const { ComponentResource } = loadPulumi();
    const options: ComponentResourceOptions = this.after ? { dependsOn: this.after } : {};
    const component = new ComponentResource(COMPONENT_TYPE, path, {}, options);
    this.made.set(path, component);
    return component;
  }

  /** Options that the function of `cloud()` is given. */
  public optionsFor(declaration: CloudDeclaration): CustomResourceOptions {
    const parent = this.of(declaration.construct);
    const provider = this.awsProvider();
    // A production database is not deleted by a mistake in a program; whoever means it unprotects it first.
    const protect = this.environment.tierLike === "production";
    const aliases = declaration.formerNames.map((name) => ({ name }));
    return { parent, protect, ...(provider ? { provider } : {}), ...(aliases.length > 0 ? { aliases } : {}) };
  }

  private awsProvider(): ProviderResource | undefined {
    const target = this.environment.aws;
    if (!target || this.aws) return this.aws;
    const { Provider } = loadAwsProvider();
    this.aws = new Provider(
      `aws-${target.region}`,
      {
        region: target.region as never,
        ...(target.accountId === undefined ? {} : { allowedAccountIds: [target.accountId] }),
        defaultTags: {
          tags: {
            [LABEL.managedBy]: "flagstone",
            [LABEL.partOf]: this.environment.programName,
            [LABEL.environment]: this.environment.name,
          },
        },
      },
      this.after ? { dependsOn: this.after } : {},
    );
    return this.aws;
  }
}

/** A problem of one `cloud()`. */
export interface CloudProblem {
  readonly declaration: CloudDeclaration;
  readonly problem: Problem;
}

/**
 * Calls the functions of `cloud()` once each, in an order that does not depend on that of construction; a function that asks for
 * another's resource has it made first.
 */
export function runCloud(
  declarations: readonly CloudDeclaration[],
  components: Components,
): {
  readonly resources: ReadonlyMap<CloudDeclaration, Resource>;
  readonly problems: readonly CloudProblem[];
} {
  const resources = new Map<CloudDeclaration, Resource>();
  const problems: CloudProblem[] = [];
  const running: CloudDeclaration[] = [];
  const runner = {
    get(declaration: CloudDeclaration): Resource {
      const known = resources.get(declaration);
      if (known) return known;
      if (running.includes(declaration)) {
        throw new Error(
          `cloud resources need each other: ${[...running, declaration].map(({ name }) => name).join(" → ")}`,
        );
      }
      running.push(declaration);
      try {
        const resource = declaration.create(declaration.name, components.optionsFor(declaration));
        resources.set(declaration, resource);
        const problem = checkResource(declaration, resource);
        if (problem) problems.push({ declaration, problem });
        return resource;
      } finally {
        running.pop();
      }
    },
  };
  withCloudRunner(runner, () => {
    for (const declaration of [...declarations].sort((a, b) => compare(a.name, b.name))) {
      try {
        runner.get(declaration);
      } catch (thrown) {
        const message = `cloud("${declaration.id}", …) threw: ${messageOf(thrown)}`;
        problems.push({ declaration, problem: { rule: "cloud/threw", message, fix: "mend the function" } });
      }
    }
  });
  return { resources, problems };
}

/** A resource without an explicit provider uses the ambient one: a laptop's credentials could be those of production. */
function checkResource(declaration: CloudDeclaration, resource: unknown): Problem | undefined {
  const { CustomResource, Resource } = loadPulumi();
  if (!Resource.isInstance(resource)) {
    return {
      rule: "cloud/no-resource",
      message: `cloud("${declaration.id}", …) returned no Pulumi resource`,
      fix: "return the resource that the function makes",
    };
  }
  if (!CustomResource.isInstance(resource)) return undefined;
  const { __pulumiType: type, __prov: provider } = resource as { __pulumiType?: string; __prov?: unknown };
  // Pulumi's own (providers, references to stacks) are served by the engine.
  if (provider || type?.startsWith("pulumi:")) return undefined;
  return {
    rule: "cloud/default-provider",
    message: `cloud("${declaration.id}", …) makes a ${type ?? "resource"} that would use the default provider of its package`,
    fix: type?.startsWith("aws:")
      ? 'say aws: { region: "…" } for the environment, and pass on the options that cloud() gives'
      : "pass on the options that cloud() gives, with a provider of that package",
  };
}

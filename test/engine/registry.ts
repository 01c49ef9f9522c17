// What an engine does with registrations: names them, refuses what cannot be, and answers as if everything had been created.
import type { ReadResourceRequest, RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { checkKubernetes, checkTexts, scopesDefinedBy, serves } from "./refusals.ts";
import { decode, isSecretWire, secretWire, type Text, type Wire } from "./wire.ts";

/** A resource as the program asked for it. */
export interface Registered {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  /** URN of the parent; undefined for the stack itself. */
  readonly parent: string | undefined;
  /** Inputs, with secrets in clear. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Places of inputs that are secret on the wire. */
  readonly secrets: readonly string[];
  /** Places of inputs that are not known, in a preview. */
  readonly unknown: readonly string[];
  readonly protect: boolean;
  /** URN of the provider. */
  readonly provider: string | undefined;
  /** URNs of resources that it waits for. */
  readonly dependencies: readonly string[];
  /** URNs that it may have had before. */
  readonly aliases: readonly string[];
  readonly version: string;
  readonly additionalSecretOutputs: readonly string[];
}

/** What a provider adds to a resource that it created. Wrap a value in `secretWire` to return a secret. */
export type Computed = (
  resource: Pick<Registered, "type" | "name" | "inputs">,
) => Readonly<Record<string, Wire>> | undefined;

/** Outputs of other stacks, by address: `<organization>/<project>/<stack>`. */
export type Stacks = Readonly<Record<string, Readonly<Record<string, Wire>>>>;

export interface RegistrySettings {
  readonly project: string;
  readonly stack: string;
  readonly preview: boolean;
  readonly computed?: Computed | undefined;
  /** What references to stacks find. */
  readonly stacks?: Stacks | undefined;
}

/** The answer to a registration. */
export interface Answer {
  readonly urn: string;
  readonly id: string;
  readonly state: Record<string, Wire>;
}

export const STACK_TYPE = "pulumi:pulumi:Stack";
const REFERENCE_TYPE = "pulumi:pulumi:StackReference";
const PROVIDER_PREFIX = "pulumi:providers:";

/** Everything that one run of a program registers. */
export class Registry {
  public readonly refusals: string[] = [];
  private readonly byUrn = new Map<string, Registered>();
  private readonly texts: Text[] = [];
  private readonly notSecret = new Set<string>();
  private readonly outputs = new Map<string, unknown>();

  public constructor(private readonly settings: RegistrySettings) {}

  /** Without the stack itself. */
  public get resources(): readonly Registered[] {
    return [...this.byUrn.values()].filter(({ type }) => type !== STACK_TYPE);
  }

  /** The stack's outputs, with secrets marked. */
  public get stackOutputs(): unknown {
    const stack = [...this.byUrn.values()].find(({ type }) => type === STACK_TYPE);
    return stack && this.outputs.get(stack.urn);
  }

  public register(request: RegisterResourceRequest): Answer {
    const parent = request.getParent() === "" ? undefined : request.getParent();
    return this.add(request, {
      wire: request.getObject()?.toJavaScript() ?? {},
      parent,
      custom: request.getCustom(),
      protect: request.getProtect() ?? false,
      aliases: this.aliasesOf(request, parent),
    });
  }

  /**
   * A resource that exists already, and is only looked at.
   *
   * @throws when it is a reference to a stack that does not exist
   */
  public read(request: ReadResourceRequest): Answer {
    const answer = this.addRead(request);
    return request.getType() === REFERENCE_TYPE ? this.referTo(request.getId(), answer) : answer;
  }

  private referTo(address: string, answer: Answer): Answer {
    // The file backend takes nothing shorter, and elsewhere less means another stack than the one that was meant.
    if (address.split("/").length !== 3)
      this.refusals.push(`${REFERENCE_TYPE} "${address}" is not <organization>/<project>/<stack>`);
    const outputs = this.settings.stacks?.[address];
    if (outputs === undefined) throw new Error(`unknown stack "${address}"`);
    const secretOutputNames = Object.keys(outputs).filter((name) => isSecretWire(outputs[name]));
    return { ...answer, state: { name: address, outputs, secretOutputNames } };
  }

  private addRead(request: ReadResourceRequest): Answer {
    const answer = this.add(request, {
      wire: request.getProperties()?.toJavaScript() ?? {},
      parent: request.getParent() === "" ? undefined : request.getParent(),
      custom: true,
      protect: false,
      aliases: [],
    });
    return { ...answer, id: request.getId() };
  }

  private add(
    request: RegisterResourceRequest | ReadResourceRequest,
    { wire, ...known }: Pick<Registered, "parent" | "custom" | "protect" | "aliases"> & { wire: Record<string, Wire> },
  ): Answer {
    const decoded = decode(wire);
    const [provider, providerId] = splitReference(request.getProvider());
    const resource: Registered = {
      ...known,
      urn: this.urnOf(known.parent, request.getType(), request.getName()),
      type: request.getType(),
      name: request.getName(),
      inputs: decoded.value as Record<string, unknown>,
      secrets: decoded.secrets,
      unknown: decoded.unknown,
      provider,
      dependencies: [...request.getDependenciesList()].sort(),
      version: request.getVersion(),
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    };
    const problems = [
      ...this.checkIdentity(resource),
      ...this.checkReferences(resource, providerId),
      ...(resource.type === STACK_TYPE ? [] : checkTexts(decoded)),
      ...(resource.type.startsWith("kubernetes:")
        ? checkKubernetes(resource, scopesDefinedBy(this.resources), wire)
        : []),
    ];
    this.refusals.push(...problems.map((problem) => `${resource.type} "${resource.name}": ${problem}`));
    this.texts.push(...decoded.texts);
    this.byUrn.set(resource.urn, resource);
    return { urn: resource.urn, id: this.idOf(resource), state: this.stateOf(resource, wire) };
  }

  public setOutputs(urn: string, outputs: unknown): void {
    this.outputs.set(urn, outputs);
    const decoded = decode(outputs);
    this.texts.push(...decoded.texts);
    this.refusals.push(...checkTexts(decoded).map((problem) => `outputs of ${urn}: ${problem}`));
  }

  /**
   * What can be judged only at the end: a value that is secret in one place and in clear in another. What a provider returned in clear
   * is no secret, even where a Secret carries it.
   */
  public close(): void {
    const secrets = new Set(
      this.texts.flatMap(({ text, secret }) => (secret && text.length >= 8 && !this.notSecret.has(text) ? [text] : [])),
    );
    for (const { path, text, secret } of this.texts)
      if (!secret && [...secrets].some((value) => text.includes(value)))
        this.refusals.push(`"${path}" shows a secret in clear: ${text}`);
  }

  private urnOf(parent: string | undefined, type: string, name: string): string {
    return urnOf(this.settings, parent, type, name);
  }

  private checkIdentity({ urn, parent }: Registered): string[] {
    return [
      ...(this.byUrn.has(urn) ? [`duplicate resource URN ${urn}`] : []),
      ...(parent !== undefined && !this.byUrn.has(parent) ? [`its parent is not registered: ${parent}`] : []),
    ];
  }

  private checkReferences({ type, custom, provider, dependencies }: Registered, providerId: string): string[] {
    const problems = dependencies
      .filter((urn) => !this.byUrn.has(urn))
      .map((urn) => `it depends on a resource that is not registered: ${urn}`);
    const needsProvider = custom && !type.startsWith(PROVIDER_PREFIX) && !type.startsWith("pulumi:pulumi:");
    if (!needsProvider) return problems;
    if (provider === undefined) {
      problems.push("default providers are disabled, and it names none");
    } else if (!this.byUrn.has(provider) || providerId === "") {
      problems.push(`its provider is not registered: ${provider}`);
    } else if (!serves(provider, type)) {
      problems.push(`its provider is of another package: ${provider}`);
    }
    return problems;
  }

  private aliasesOf(request: RegisterResourceRequest, parent: string | undefined): string[] {
    const own = request.getAliasesList().map((alias) => {
      const spec = alias.getSpec();
      if (!spec) return alias.getUrn();
      const under = spec.getNoparent() ? undefined : spec.getParenturn() || parent;
      const at = {
        project: spec.getProject() || this.settings.project,
        stack: spec.getStack() || this.settings.stack,
      };
      return urnOf(at, under, spec.getType() || request.getType(), spec.getName() || request.getName());
    });
    const inherited = (parent === undefined ? [] : (this.byUrn.get(parent)?.aliases ?? [])).flatMap((formerParent) => [
      this.urnOf(formerParent, request.getType(), request.getName()),
      ...own.map((urn) => this.urnOf(formerParent, typeOf(urn), nameOf(urn))),
    ]);
    return [...new Set([...own, ...inherited])];
  }

  private idOf({ custom, inputs, name }: Registered): string {
    // A preview creates nothing, so that nothing has an id yet.
    if (!custom || this.settings.preview) return "";
    const { metadata } = inputs as { metadata?: { namespace?: string; name?: string } };
    return metadata?.name === undefined ? `${name}-id` : [metadata.namespace, metadata.name].filter(Boolean).join("/");
  }

  private stateOf(resource: Registered, wire: Record<string, Wire>): Record<string, Wire> {
    const computed = this.settings.preview || !resource.custom ? {} : (this.settings.computed?.(resource) ?? {});
    for (const { text, secret } of decode(computed).texts) if (!secret) this.notSecret.add(text);
    const state = { ...wire, ...computed };
    for (const key of resource.additionalSecretOutputs) {
      const value = state[key];
      if (value !== undefined && !isSecretWire(value)) state[key] = secretWire(value);
    }
    return state;
  }
}

/** A URN holds the types of all parents, but for the stack. */
function urnOf(at: { project: string; stack: string }, parent: string | undefined, type: string, name: string): string {
  const outer = parent?.split("::")[2];
  const types = outer === undefined || outer === STACK_TYPE ? type : `${outer}$${type}`;
  return `urn:pulumi:${at.stack}::${at.project}::${types}::${name}`;
}

export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** A reference to a provider is its URN and its id. */
function splitReference(reference: string): [urn: string | undefined, id: string] {
  if (reference === "") return [undefined, ""];
  const at = reference.lastIndexOf("::");
  return [reference.slice(0, at), reference.slice(at + 2)];
}

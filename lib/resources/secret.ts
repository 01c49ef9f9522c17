import { ApiObject, type Chart } from "cdk8s";
import type { Construct } from "constructs";
import {
  type Connectable,
  type ConnectionOptions,
  type ConnectionTarget,
  connectionTo,
  type Consumer,
  type Reach,
} from "../connections/connectable";
import { isAllowedSecretPath } from "../core/allowed";
import { capabilityOf } from "../core/capability";
import { Component } from "../core/component";
import { withDefaults } from "../core/defaults";
import { FlagstoneError } from "../core/errors";
import type { Problem } from "../core/findings";
import { checkKeys, checkRecord, show } from "../core/keys";
import { LABEL } from "../core/labels";
import { quoted, quotedClusters, twice } from "../core/lists";
import { type KeyChange, Ref, type SecretSource } from "../core/refs";
import {
  type ClusterRef,
  findEnvironment,
  findTenant,
  type Placement,
  PLACEMENT_KEYS,
  placedOn,
  type TenantScope,
} from "../core/scope";
import { didYouMean } from "../core/suggest";
import { type Duration, toSeconds } from "../core/units";
import { checkSecretType, type SecretType, secretTypeOf } from "./secret-type";

/**
 * Properties of a {@link Secret}.
 *
 * @typeParam K - names of the keys
 */
export interface SecretProps<K extends string> extends KeyChange {
  /** Where the store keeps it, as in `shop/stripe`. */
  readonly path: string;
  /** Properties of what the store keeps there, each a key of the Secret. */
  readonly keys: readonly [K, ...K[]];
  /**
   * What Kubernetes takes it for. It cannot change while the Secret is there.
   *
   * @default - by its keys: of registry credentials with `.dockerconfigjson`, of a certificate with `tls.crt` and `tls.key`, else `Opaque`
   */
  readonly type?: SecretType | undefined;
  /** How often the store is asked. @default "1h" */
  readonly refresh?: Duration | undefined;
  /** The clusters that it is on. @default - all of the tenant's */
  readonly placement?: Placement | undefined;
  /** One of the tenant's namespaces: only workloads of the same one can use it. @default - the first */
  readonly namespace?: string | undefined;
}

const KEYS: readonly (keyof SecretProps<string>)[] = [
  "path",
  "keys",
  "type",
  "refresh",
  "onChange",
  "placement",
  "namespace",
];

/**
 * A Secret that an external store keeps: the External Secrets Operator of each cluster reads it there, from the store that
 * `Capability.externalSecrets` names. Neither the program, nor what it renders, nor Pulumi's state ever holds a value.
 *
 * @typeParam K - names of the keys
 * @see https://external-secrets.io/latest/api/externalsecret/
 * @example
 * ```ts
 * import { Secret, type Tenant, WebService } from "flagstone";
 *
 * export const checkout = (shop: Tenant) => {
 *   const stripe = new Secret(shop, "stripe", { path: "shop/stripe", keys: ["api_key", "webhook_secret"] });
 *   return new WebService(shop, "checkout", {
 *     image: "registry.acme.example/shop/checkout:1.4.2",
 *     connections: { stripe }, // STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET
 *     files: { "/etc/stripe/webhook": stripe.keys.webhook_secret },
 *   });
 * };
 * ```
 * @throws FlagstoneError outside of a tenant
 */
export class Secret<const K extends string> extends Component implements Connectable<K>, SecretSource {
  /** Its keys, for `env` and `files` of workloads. */
  public readonly keys: { readonly [P in K]: Ref };
  /** Name of the Secret, for `envFrom` and volumes: its construct id; in a preview, with the preview's name after it. */
  public readonly secretName: string;
  /** The tenant that it belongs to. */
  public readonly tenant: TenantScope;
  private readonly props: SecretProps<K>;

  public constructor(scope: Construct, id: string, props: SecretProps<K>) {
    const merged = withDefaults<SecretProps<K>>(Secret, scope, props, { refresh: "1h" });
    const tenant = findTenant(scope);
    if (!tenant) {
      throw new FlagstoneError(
        `${scope.node.path === "" ? id : `${scope.node.path}/${id}`}: a secret belongs to a tenant; make it below new Tenant(…) or Tenant.fromName(…)`,
      );
    }
    const preview = findEnvironment(scope)?.preview;
    const name = preview ? `${id}-${preview.name}` : id;
    super(scope, id, {
      namespace: merged.namespace ?? tenant.namespaces[0],
      labels: { [LABEL.name]: name },
      clusters: placedOn(tenant.clusters, merged.placement),
    });
    this.props = merged;
    this.tenant = tenant;
    this.secretName = name;
    const { onChange } = merged;
    this.keys = Object.fromEntries(
      keysOf(merged).map((key) => [key, Ref.secretKey({ name, key, ...(onChange ? { onChange } : {}) })]),
    ) as { readonly [P in K]: Ref };
    this.report(...checkKeys("", merged, KEYS), ...checkSecret(merged), ...this.checkPath(), ...this.checkPlace());
  }

  /** What workloads that connect to it get: all keys. */
  public get coordinates(): { readonly [P in K]: Ref } {
    return this.keys;
  }

  /** How workloads get it. */
  public get target(): ConnectionTarget {
    return {
      kind: "resource",
      id: this.node.path,
      tenant: this.tenant.name,
      waitFor: this,
      reach: (consumer, cluster) => this.reach(consumer, cluster),
    };
  }

  /** A connection to it, with other variables. */
  public connection(options: ConnectionOptions<K>): Connectable<K> {
    return connectionTo<K>(this, options);
  }

  /** @internal */
  protected override objectsIn(chart: Chart, cluster: ClusterRef): void {
    const store = capabilityOf(cluster, "external-secrets");
    if (!store) return; // which was reported
    const type = secretTypeOf(this.props.type, keysOf(this.props));
    new ApiObject(chart, "externalSecret", {
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      metadata: { name: this.secretName },
      spec: {
        refreshInterval: `${toSeconds(this.props.refresh ?? "1h") ?? 3600}s`,
        secretStoreRef: { name: store.store, kind: store.storeKind },
        // What the API server would add is said, or a GitOps controller sees a difference.
        target: {
          name: this.secretName,
          creationPolicy: "Owner",
          deletionPolicy: "Retain",
          ...(type === "Opaque" ? {} : { template: { type, engineVersion: "v2", mergePolicy: "Replace" } }),
        },
        data: keysOf(this.props).map((key) => ({
          secretKey: key,
          remoteRef: {
            key: this.props.path,
            property: key,
            conversionStrategy: "Default",
            decodingStrategy: "None",
            metadataPolicy: "None",
          },
        })),
      },
    });
  }

  private reach({ tenant, namespace }: Consumer, cluster: ClusterRef): Reach {
    const problems: Problem[] = [];
    if (tenant.name !== this.tenant.name || namespace !== this.namespace) {
      problems.push({
        rule: "secrets/namespace",
        message: `Secret ${this.node.path} is in namespace "${this.namespace ?? ""}", and pods of namespace "${namespace}" cannot use it`,
        fix: "declare another Secret of the same path in their namespace",
      });
    } else if (!this.clusters.some(({ name }) => name === cluster.name)) {
      problems.push({
        rule: "secrets/cluster",
        message: `Secret ${this.node.path} is not on cluster "${cluster.name}"`,
        fix: "give both the same placement",
      });
    }
    return { coordinates: this.keys, peers: [], problems };
  }

  private checkPath(): Problem[] {
    const { path } = this.props;
    const { secretPaths } = this.tenant.allowed;
    if (typeof path !== "string" || path.trim() === "" || isAllowedSecretPath(path, secretPaths)) return [];
    return [
      {
        rule: "secrets/foreign-path",
        message: `path "${path}" is not where tenant "${this.tenant.name}" has its secrets`,
        fix: `${secretPaths.length === 0 ? "" : `use one below ${quoted(secretPaths)}, or `}extend allowed.secretPaths of the tenant's facts`,
      },
    ];
  }

  private checkPlace(): Problem[] {
    const { placement, namespace } = this.props;
    const problems = [...checkRecord("placement", placement), ...checkKeys("placement", placement, PLACEMENT_KEYS)];
    const known = this.tenant.clusters.map(({ name }) => name);
    if (this.clusters.length === 0 && known.length > 0) {
      problems.push({
        rule: "placement/nowhere",
        message: `placement ${show(placement)} fits no cluster of the tenant`,
        fix: `known clusters are ${quoted(known)}`,
      });
    }
    if (namespace !== undefined && !this.tenant.namespaces.includes(namespace)) {
      problems.push({
        rule: "namespace/foreign",
        message: `namespace ${show(namespace)} is not one of tenant "${this.tenant.name}"`,
        fix: didYouMean(namespace, this.tenant.namespaces),
      });
    }
    const without = this.clusters.filter((cluster) => !capabilityOf(cluster, "external-secrets"));
    if (without.length > 0) {
      problems.push({
        rule: "secrets/no-store",
        message: `${quotedClusters(without.map(({ name }) => name))} of the tenant cannot read secrets from a store`,
        fix: "add Capability.externalSecrets({ store }) to the facts of the cluster where the operator runs, or place the secret elsewhere",
      });
    }
    return problems;
  }
}

/** Keys as the program says them, even where it is not typed. */
function keysOf({ keys }: Pick<SecretProps<string>, "keys">): readonly string[] {
  return Array.isArray(keys) ? keys : [];
}

function checkSecret(props: SecretProps<string>): Problem[] {
  const { path, type, refresh, onChange } = props;
  const problems: Problem[] = [];
  if (typeof path !== "string" || path.trim() === "") {
    const fix = 'say where the store keeps it, as in path: "teams/shop/stripe"';
    problems.push({ rule: "secrets/path", message: `path ${show(path)} leads nowhere`, fix });
  }
  const names = keysOf(props);
  if (names.length === 0) {
    const fix = "name the properties of what the store keeps";
    problems.push({ rule: "secrets/keys", message: "a secret without keys holds nothing", fix });
  }
  for (const key of names.filter((name) => typeof name !== "string" || !isSecretKey(name))) {
    const fix = "use letters, digits, - _ and .";
    problems.push({ rule: "secrets/keys", message: `keys has ${show(key)}, which is no key of a Secret`, fix });
  }
  for (const key of twice(names))
    problems.push({ rule: "secrets/keys", message: `keys has ${show(key)} twice`, fix: "name it once" });
  problems.push(...checkSecretType(type, names));
  if (refresh !== undefined && !((toSeconds(refresh) ?? 0) > 0)) {
    const message = `refresh ${show(refresh)} is not a whole number of seconds above 0`;
    problems.push({ rule: "units/duration", message, fix: 'write "15m" or "1h"' });
  }
  if (onChange !== undefined && onChange !== "restart") {
    const fix = 'write "restart", or leave it out';
    problems.push({ rule: "secrets/on-change", message: `onChange ${show(onChange)} is not known`, fix });
  }
  return problems;
}

/** @see https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data */
function isSecretKey(key: string): boolean {
  return key.length <= 253 && /^[-._A-Za-z0-9]+$/.test(key) && key !== "." && !key.startsWith("..");
}

import { Size } from "cdk8s";
import fc from "fast-check";
import {
  Application,
  definePlatform,
  Field,
  Platform,
  Cluster,
  ScheduledJob,
  type ScheduledJobProps,
  Tenant,
  type Volume,
  WebService,
  type WebServiceProps,
} from "flagstone";
import { planOf, type PlanView, testTenant } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { restartsOnVolumes } from "../../../lib/workloads/pod/volumes";
import { acme, brief, IMAGE, rulesOf, serviceWith, tenantIn } from "../../testing/fixtures";

type Props = Partial<WebServiceProps>;
interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
}
interface Container {
  readonly name: string;
  readonly volumeMounts: readonly Mount[];
  readonly resources: { readonly limits: Readonly<Record<string, string>> };
}
interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes: readonly { readonly name: string; readonly [source: string]: unknown }[];
}

/** A service on one pod that is replaced by another, as those with a disk are. */
const ALONE: Props = { replicas: 1, rollout: { strategy: "recreate" } };

const specIn = (plan: PlanView): PodSpec => plan.object("Deployment", "web").spec.template.spec as unknown as PodSpec;
async function podWith(props: Props): Promise<PodSpec> {
  const plan = await serviceWith({ ...ALONE, ...props });
  expect(brief(plan.findings)).toEqual([]);
  return specIn(plan);
}
async function findingsOf(props: object): Promise<string[]> {
  return brief((await serviceWith({ ...ALONE, ...(props as Props) })).findings);
}
const withVolume = (volume: object): Props => ({
  volumes: { data: { path: "/data", kind: "empty", ...volume } as Volume },
});

describe("a volume", () => {
  test.each<[string, Volume, object, object]>([
    ["is room on the node's disk", { kind: "empty" }, { emptyDir: { sizeLimit: "1Gi" } }, {}],
    ["is room of a size", { kind: "empty", size: "64Mi" }, { emptyDir: { sizeLimit: "64Mi" } }, {}],
    [
      "is room in memory",
      { kind: "empty", medium: "memory" },
      { emptyDir: { medium: "Memory", sizeLimit: "64Mi" } },
      {},
    ],
    [
      "is room in memory, of a size of cdk8s",
      { kind: "empty", medium: "memory", size: Size.mebibytes(100) },
      { emptyDir: { medium: "Memory", sizeLimit: "100Mi" } },
      {},
    ],
    [
      "is a disk that outlives the pod",
      { kind: "persistent", size: "10Gi" },
      { persistentVolumeClaim: { claimName: "web-data" } },
      {},
    ],
    [
      "is a disk that nobody writes to",
      { kind: "persistent", size: "10Gi", readOnly: true },
      { persistentVolumeClaim: { claimName: "web-data" } },
      { readOnly: true },
    ],
    [
      "is a disk of each pod's own",
      { kind: "ephemeral", size: "10Gi", access: "many-nodes", storageClass: "fast" },
      {
        ephemeral: {
          volumeClaimTemplate: {
            spec: {
              accessModes: ["ReadWriteMany"],
              storageClassName: "fast",
              resources: { requests: { storage: "10Gi" } },
            },
          },
        },
      },
      {},
    ],
    ["is a Secret", { kind: "keys", secret: "tls" }, { secret: { secretName: "tls" } }, { readOnly: true }],
    [
      "is some keys of a Secret, for few to read",
      {
        kind: "keys",
        secret: { secretName: "tls" },
        files: { "certs/a.crt": "tls.crt" },
        mode: "0400",
        optional: true,
      },
      {
        secret: {
          secretName: "tls",
          items: [{ key: "tls.crt", path: "certs/a.crt" }],
          defaultMode: 0o400,
          optional: true,
        },
      },
      { readOnly: true },
    ],
    [
      "is some keys of a ConfigMap",
      { kind: "keys", config: "ca", files: { "ca.crt": "ca" }, optional: false },
      { configMap: { name: "ca", items: [{ key: "ca", path: "ca.crt" }], optional: false } },
      { readOnly: true },
    ],
    [
      "is files from several sources",
      {
        kind: "projected",
        mode: "0440",
        sources: [
          { kind: "keys", secret: "tls" },
          { kind: "keys", config: "ca", files: { "ca.crt": "ca" }, optional: true },
          { kind: "pod", files: { name: Field.podName, tier: Field.label("tier"), memory: Field.memoryLimit } },
          { kind: "token", audience: "vault" },
          { kind: "token", audience: "sts.amazonaws.com", file: "aws/token", expires: "10m" },
        ],
      },
      {
        projected: {
          defaultMode: 0o440,
          sources: [
            { secret: { name: "tls" } },
            { configMap: { name: "ca", items: [{ key: "ca", path: "ca.crt" }], optional: true } },
            {
              downwardAPI: {
                items: [
                  { path: "memory", resourceFieldRef: { containerName: "web", resource: "limits.memory" } },
                  { path: "name", fieldRef: { fieldPath: "metadata.name" } },
                  { path: "tier", fieldRef: { fieldPath: "metadata.labels['tier']" } },
                ],
              },
            },
            { serviceAccountToken: { audience: "vault", expirationSeconds: 3600, path: "token" } },
            { serviceAccountToken: { audience: "sts.amazonaws.com", expirationSeconds: 600, path: "aws/token" } },
          ],
        },
      },
      { readOnly: true },
    ],
  ])("%s", async (_, volume, source, mount) => {
    const { volumes, containers } = await podWith({ volumes: { data: { ...volume, path: "/data" } } });
    expect(volumes.find(({ name }) => name === "data")).toEqual({ name: "data", ...source });
    expect(containers[0]!.volumeMounts).toEqual([
      { name: "tmp", mountPath: "/tmp" },
      { name: "data", mountPath: "/data", ...mount },
    ]);
  });

  test("stands in the order of names, mounts in that of paths, wherever they were said", async () => {
    const { volumes, containers } = await podWith({
      volumes: { b: { kind: "empty", path: "/x" }, a: { kind: "empty", path: "/y" } },
      mounts: { "/a/b": "b", "/z": "a" },
    });
    expect(volumes.map(({ name }) => name)).toEqual(["tmp", "a", "b"]);
    expect(containers[0]!.volumeMounts.map(({ mountPath }) => mountPath)).toEqual(["/tmp", "/a/b", "/x", "/y", "/z"]);
  });

  test("may be mounted inside of another one that can be written to, and of /tmp", async () => {
    await podWith({
      volumes: {
        data: { kind: "persistent", size: "1Gi", path: "/data" },
        cache: { kind: "empty", path: "/data/cache" },
        uploads: { kind: "empty", path: "/tmp/uploads" },
      },
      files: { "/data/settings.json": "{}" },
    });
  });

  test("on the node's disk raises the limit of what the container may take of it, which is for logs and the like", async () => {
    const limit = async (props: Props) => (await podWith(props)).containers[0]!.resources.limits["ephemeral-storage"];
    expect(await limit(withVolume({ kind: "empty", size: "5Gi" }))).toBe("6Gi");
    expect(await limit(withVolume({ kind: "empty", size: "64Mi", medium: "memory" }))).toBe("1Gi");
    expect(await limit(withVolume({ kind: "ephemeral", size: "5Gi" }))).toBe("1Gi");
    expect(await limit({ ...withVolume({ kind: "empty", size: "5Gi" }), ephemeralStorage: "7Gi" })).toBe("7Gi");
  });
});

describe("a container", () => {
  const volumes = {
    data: { kind: "empty", path: "/data" },
    certs: { kind: "keys", secret: "tls" },
  } as const;

  test("mounts volumes by name, in part, or for reading only", async () => {
    const { containers } = await podWith({
      volumes,
      mounts: { "/certs": "certs", "/copy": { volume: "data", subPath: "a/b", readOnly: true } },
    });
    expect(containers[0]!.volumeMounts).toEqual([
      { name: "tmp", mountPath: "/tmp" },
      { name: "certs", mountPath: "/certs", readOnly: true },
      { name: "data", mountPath: "/copy", subPath: "a/b", readOnly: true },
      { name: "data", mountPath: "/data" },
    ]);
  });

  test("fills what the workload's own only reads", async () => {
    const { containers, initContainers } = await podWith({
      volumes: { site: { kind: "empty", path: "/site", readOnly: true } },
      sidecars: { sync: { image: IMAGE, mounts: { "/out": { volume: "site", readOnly: false } } } },
    });
    expect(containers[0]!.volumeMounts).toContainEqual({ name: "site", mountPath: "/site", readOnly: true });
    expect(initContainers![0]!.volumeMounts).toContainEqual({ name: "site", mountPath: "/out" });
  });

  test("of another image sees only what it mounts itself; one that inherits sees all", async () => {
    const { initContainers } = await podWith({
      volumes,
      init: { migrate: {} },
      sidecars: { proxy: { image: IMAGE, mounts: { "/certs": "certs" } } },
    });
    const paths = Object.fromEntries(
      initContainers!.map(({ name, volumeMounts }) => [name, volumeMounts.map(({ mountPath }) => mountPath)]),
    );
    expect(paths).toEqual({ migrate: ["/tmp", "/data"], proxy: ["/tmp", "/certs"] });
  });
});

test("volumes replace the pods when keys change, where they say so", () => {
  const sources = restartsOnVolumes({
    a: { kind: "keys", secret: "tls", onChange: "restart" },
    b: { kind: "keys", secret: "other" },
    c: {
      kind: "projected",
      sources: [
        { kind: "keys", config: "ca", onChange: "restart" },
        { kind: "keys", secret: { secretName: "db" }, onChange: "restart" },
        { kind: "keys", secret: "tls", onChange: "restart" },
        { kind: "token", audience: "vault" },
      ],
    },
    d: { kind: "empty" },
  });
  expect(sources).toEqual({ secrets: ["db", "tls"], configs: ["ca"] });
});

describe("a claim", () => {
  const claimsOf = async (volume: Partial<Volume>, environment: "dev" | "prod" = "dev", props: Props = {}) => {
    const plan = await serviceWith(
      { ...ALONE, ...withVolume({ kind: "persistent", size: "10Gi", ...volume }), ...props },
      environment,
    );
    expect(plan.findings).toEqual([]);
    return plan;
  };

  test.each<[string, object, object]>([
    ["is for one node", {}, { accessModes: ["ReadWriteOnce"] }],
    ["is for one node, when that is said", { access: "one-node" }, { accessModes: ["ReadWriteOnce"] }],
    ["is for many nodes", { access: "many-nodes" }, { accessModes: ["ReadWriteMany"] }],
    ["has a class", { storageClass: "fast" }, { accessModes: ["ReadWriteOnce"], storageClassName: "fast" }],
  ])("%s", async (_, volume, spec) => {
    const claim = (await claimsOf(volume)).object("PersistentVolumeClaim", "web-data");
    expect(claim["spec"]).toEqual({ ...spec, resources: { requests: { storage: "10Gi" } } });
    expect(claim.metadata.namespace).toBe("shop");
  });

  test("is made in each cluster, before the pods that use it", async () => {
    const plan = await claimsOf({}, "prod");
    for (const cluster of ["eu", "us"]) {
      const id = `${cluster}/core/PersistentVolumeClaim/shop/web-data`;
      const deployment = plan.plan.objects.find((object) => object.id === `${cluster}/apps/Deployment/shop/web`);
      expect(deployment!.dependsOn).toContain(id);
    }
  });

  describe("says to whoever applies it", () => {
    const annotations = async (
      delivery: "pulumi" | "argo-cd" | "flux",
      tier: "staging" | "production" = "production",
    ) => {
      const platform = definePlatform("acme", {
        domain: "acme.example",
        environments: { dev: { tier } },
        tenants: { shop: {} },
      });
      const program = new Platform(platform, {
        environments: { dev: { clusters: Cluster.fromKubeconfig(), delivery } },
      });
      program.run((environment) => {
        new WebService(new Tenant(environment, "shop"), "web", {
          image: IMAGE,
          ...ALONE,
          ...withVolume({ kind: "persistent", size: "1Gi" }),
        });
      });
      return (await planOf(program, "dev")).object("PersistentVolumeClaim", "web-data").metadata.annotations;
    };

    test("not to wait for it, where that is Pulumi: it may be bound only when its first pod runs", async () => {
      expect(await annotations("pulumi")).toEqual({ "pulumi.com/skipAwait": "true" });
    });

    test("to keep it in tiers like production, where that is a GitOps controller", async () => {
      expect(await annotations("argo-cd")).toEqual({ "argocd.argoproj.io/sync-options": "Prune=false,Delete=false" });
      expect(await annotations("flux")).toEqual({ "kustomize.toolkit.fluxcd.io/prune": "disabled" });
      expect(await annotations("argo-cd", "staging")).toBeUndefined();
      expect(await annotations("flux", "staging")).toBeUndefined();
    });
  });

  test("is reached by transform", async () => {
    const transform = { claim: { spec: { volumeAttributesClassName: "gold" } } };
    const plan = await claimsOf({}, "dev", { transform });
    expect(plan.object("PersistentVolumeClaim", "web-data")["spec"]).toMatchObject(transform.claim.spec);
  });

  test("of a preview is its own", async () => {
    const environments = { dev: { clusters: Cluster.fromKubeconfig() } };
    const app = new Application("shop", { platform: acme, environments, previews: { from: "dev" } });
    app.run((environment) => {
      new WebService(Tenant.fromName(environment, "shop"), "web", {
        image: IMAGE,
        ...ALONE,
        ...withVolume({ kind: "persistent", size: "1Gi" }),
      });
    });
    const plan = await planOf(app, { preview: "pr-12" });
    expect(plan.objects("PersistentVolumeClaim").map(({ metadata }) => metadata.name)).toEqual(["web-pr-12-data"]);
  });
});

describe("a volume is refused", () => {
  const at = "dev/shop/web";
  test.each<[string, object, string]>([
    [
      "as a folder of the node",
      withVolume({ kind: "host", hostPath: "/var/run" }),
      `volumes/host ${at}: volumes.data is a folder of the node, where a pod finds what belongs to other tenants and to the node itself; use kind "empty" for room that goes with the pod, or "persistent" for a disk that stays`,
    ],
    [
      "of an unknown kind",
      withVolume({ kind: "emty" }),
      `volumes/kind ${at}: volumes.data.kind "emty" does not exist; did you mean "empty"?`,
    ],
    [
      "without a kind",
      { volumes: { data: "10Gi" } },
      `volumes/kind ${at}: volumes.data "10Gi" says no kind; known are "empty", "ephemeral", "keys", "persistent", "projected"`,
    ],
    [
      "with sources that are none",
      withVolume({ kind: "projected", sources: [{ kind: "pod" }] }),
      `volumes/kind ${at}: volumes.data {"path":"/data","kind":"projected","sources":[{"kind":"po… has sources that are none; list sources of kind "keys", "token", or "pod" with files`,
    ],
    [
      "with no sources",
      withVolume({ kind: "projected", sources: [] }),
      `volumes/kind ${at}: volumes.data.sources is empty; list what it is made of`,
    ],
    [
      "with a property that nothing reads",
      withVolume({ kind: "empty", sise: "1Gi" }),
      `props/unknown ${at}: unknown property "volumes.data.sise"; did you mean "size"?`,
    ],
    [
      "without a size",
      withVolume({ kind: "persistent" }),
      `volumes/value ${at}: volumes.data.size is missing; write "512Mi" or "10Gi"`,
    ],
    [
      "of a size in other units",
      withVolume({ kind: "empty", size: "1GB" }),
      `volumes/value ${at}: volumes.data.size "1GB" is not an amount above zero; write "512Mi" or "10Gi"`,
    ],
    [
      "of an unknown medium",
      withVolume({ kind: "empty", medium: "Memory" }),
      `volumes/value ${at}: volumes.data.medium "Memory" is not one of "disk", "memory"; did you mean "memory"?`,
    ],
    [
      "of an unknown access",
      withVolume({ kind: "persistent", size: "1Gi", access: "ReadWriteMany" }),
      `volumes/value ${at}: volumes.data.access "ReadWriteMany" is not one of "one-node", "many-nodes"; known are "many-nodes", "one-node"`,
    ],
    [
      "of a class that cannot be one",
      withVolume({ kind: "persistent", size: "1Gi", storageClass: "" }),
      `volumes/value ${at}: volumes.data.storageClass "" is not the name of a StorageClass; use the name of one`,
    ],
    [
      "for a file mode that is none",
      withVolume({ kind: "keys", secret: "tls", mode: "0888" }),
      `volumes/value ${at}: volumes.data.mode "0888" is not a file mode; write it in octal, as in "0400"`,
    ],
    [
      "with a name that is no DNS label",
      { volumes: { Data: { kind: "empty", path: "/data" } } },
      `names/invalid ${at}: volume "Data" is not a DNS label (lower-case letters, digits and "-", at most 63 characters); call it "data"`,
    ],
    [
      "with the name of one that is there",
      { volumes: { tmp: { kind: "empty", path: "/data" } } },
      `volumes/reserved ${at}: volume "tmp" has a name that Flagstone gives to volumes of its own; there is one at "/tmp"; give a further one another name`,
    ],
    [
      "with the name of one that there may be",
      { volumes: { "secret-tls": { kind: "keys", secret: "tls", path: "/data" } } },
      `volumes/reserved ${at}: volume "secret-tls" has a name that Flagstone gives to volumes of its own; give it another name`,
    ],
    [
      "of keys of nothing",
      withVolume({ kind: "keys" }),
      `volumes/source ${at}: volumes.data names neither a secret nor a config; say one of both`,
    ],
    [
      "of keys of two things",
      withVolume({ kind: "keys", secret: "a", config: "b" }),
      `volumes/source ${at}: volumes.data names a secret and a config; say one of both`,
    ],
    [
      "of keys of what cannot be",
      withVolume({ kind: "keys", secret: "My Secret" }),
      `volumes/source ${at}: volumes.data names an object "My Secret", which cannot be one; use the name of a Secret or ConfigMap of the namespace`,
    ],
    [
      "with a file that leads out of it",
      withVolume({ kind: "keys", secret: "tls", files: { "../a": "b" } }),
      `volumes/file ${at}: volumes.data: file "../a" is no path inside of the volume; write it as "a.crt" or "certs/a.crt"`,
    ],
    [
      "with a key that cannot be one",
      withVolume({ kind: "keys", secret: "tls", files: { a: "b/c" } }),
      `volumes/file ${at}: volumes.data: file "a" holds key "b/c", which cannot be one; use letters, digits, -, _ and .`,
    ],
    [
      "with no files, which would be all of them",
      withVolume({ kind: "keys", secret: "tls", files: {} }),
      `volumes/value ${at}: volumes.data.files {} is not a record of files; name some with their keys, or leave it out for all keys`,
    ],
    [
      "with one file from two sources",
      withVolume({
        kind: "projected",
        sources: [
          { kind: "token", audience: "a" },
          { kind: "pod", files: { token: Field.podName } },
        ],
      }),
      `volumes/file ${at}: volumes.data.sources.1: file "token" comes from another source, too; name one of them otherwise`,
    ],
    [
      "with a field that is known too late",
      withVolume({ kind: "projected", sources: [{ kind: "pod", files: { ip: Field.podIp } }] }),
      `volumes/file ${at}: volumes.data.sources.0: file "ip" is the field status.podIP, which only variables can hold; put it into env`,
    ],
    [
      "with what is no field",
      withVolume({ kind: "projected", sources: [{ kind: "pod", files: { ip: "podIp" } }] }),
      `volumes/file ${at}: volumes.data.sources.0: file "ip" is "podIp", which is no field of the pod; use a Field, as in Field.podName`,
    ],
    [
      "with a label that there cannot be",
      withVolume({ kind: "projected", sources: [{ kind: "pod", files: { a: Field.label("a b") } }] }),
      `labels/invalid-key ${at}: label key "a b" is not one that Kubernetes takes; write it as "example.com/name" or "name", with at most 63 characters after the slash`,
    ],
    [
      "with a token for nobody",
      withVolume({ kind: "projected", sources: [{ kind: "token" }] }),
      `volumes/value ${at}: volumes.data.sources.0.audience is missing; name the service that takes it`,
    ],
    [
      "with a token that ends too soon",
      withVolume({ kind: "projected", sources: [{ kind: "token", audience: "a", expires: "9m" }] }),
      `volumes/value ${at}: volumes.data.sources.0.expires "9m" is not a whole number of seconds of at least 10 minutes; write "1h"`,
    ],
    [
      "at a path that is none",
      { volumes: { data: { kind: "empty", path: "/a/../b" } } },
      `volumes/path ${at}: volume "data" has the path "/a/../b", where nothing can be mounted; use an absolute path of letters, digits, . _ and -`,
    ],
    [
      "in a part that leads out of it",
      { ...withVolume({ kind: "empty" }), mounts: { "/x": { volume: "data", subPath: "/a" } } },
      `volumes/path ${at}: /x is to be "/a" of volume "data", which is no path inside of it; write it as "a.crt" or "certs/a.crt"`,
    ],
    [
      "where there is none of that name",
      { ...withVolume({ kind: "empty" }), mounts: { "/x": "dat" } },
      `volumes/unknown ${at}: mounts has volume "dat" at /x, which does not exist; did you mean "data"?`,
    ],
    [
      "with a part by another name",
      { ...withVolume({ kind: "empty" }), mounts: { "/x": { volume: "data", subpath: "a" } } },
      `props/unknown ${at}: unknown property "mounts./x.subpath"; did you mean "subPath"?`,
    ],
    [
      "for reading only, a little",
      { ...withVolume({ kind: "empty" }), mounts: { "/x": { volume: "data", readOnly: "yes" } } },
      `volumes/value ${at}: mounts./x.readOnly "yes" is not true or false; write one of them`,
    ],
    [
      "with what it does when it changes, where it can do one thing only",
      withVolume({ kind: "keys", secret: "tls", onChange: "reload" }),
      `volumes/value ${at}: volumes.data.onChange "reload" is not one of "restart"; known are "restart"`,
    ],
    [
      "for writing to keys",
      withVolume({ kind: "keys", secret: "tls", readOnly: false }),
      `volumes/read-only ${at}: volume "data" is of kind "keys", which nobody can write to, and /data is to be more than read; leave readOnly out, or copy what is to change into a volume of kind "empty"`,
    ],
    [
      "at the place of another",
      { ...withVolume({ kind: "empty" }), mounts: { "/data": "data" } },
      `mounts/collision ${at}: volume "data" and volume "data" are both to be at /data; give one of them another path`,
    ],
    [
      "at the place of a file",
      { ...withVolume({ kind: "empty" }), files: { "/data": "a" } },
      `mounts/collision ${at}: file "/data" and volume "data" are both to be at /data; give one of them another path`,
    ],
    [
      "at /tmp",
      { volumes: { data: { kind: "empty", path: "/tmp" } } },
      `mounts/collision ${at}: the room for temporary files and volume "data" are both to be at /tmp; give one of them another path`,
    ],
    [
      "inside of a file",
      { volumes: { data: { kind: "empty", path: "/etc/app/data" } }, files: { "/etc/app": "a" } },
      `mounts/collision ${at}: volume "data" at /etc/app/data is inside of file "/etc/app" at /etc/app, where nothing can be made; give one of them another path`,
    ],
    [
      "around a file, where nothing can be made",
      { ...withVolume({ kind: "keys", secret: "tls" }), files: { "/data/a": "a" } },
      `mounts/collision ${at}: file "/data/a" at /data/a is inside of volume "data" at /data, where nothing can be made; give one of them another path`,
    ],
    [
      "as little as a file inside of another",
      { files: { "/etc/app": "a", "/etc/app/b": "b" } },
      `mounts/collision ${at}: file "/etc/app/b" at /etc/app/b is inside of file "/etc/app" at /etc/app, where nothing can be made; give one of them another path`,
    ],
    [
      "for more memory than the container has",
      withVolume({ kind: "empty", medium: "memory", size: "1Gi" }),
      `volumes/beyond-limit ${at}: container "web" may fill 1Gi of memory as volume "data", which is more than its limit of 128Mi; give it more memory, or the volume a smaller size`,
    ],
    [
      "for more memory than a container without a limit has",
      {
        ...withVolume({ kind: "empty", medium: "memory", size: "1Gi" }),
        memory: { request: "128Mi", limit: "none" },
      },
      `volumes/beyond-limit ${at}: container "web" may fill 1Gi of memory as volume "data", which is more than its limit of 512Mi; give it more memory, or the volume a smaller size`,
    ],
    [
      "for more of the node's disk than the pod may have",
      { ...withVolume({ kind: "empty", size: "5Gi" }), ephemeralStorage: "2Gi" },
      `volumes/beyond-limit ${at}: volume "data" may hold 5Gi of the node's disk, and the pod is evicted when it takes more than 2Gi; raise the limit of ephemeralStorage, leave it out so that it follows, or give the volume a smaller size`,
    ],
  ])("%s", async (_, props, finding) => {
    expect(await findingsOf(props)).toEqual([finding]);
  });

  test("once, where several containers make one mistake", async () => {
    const found = await findingsOf({
      ...withVolume({ kind: "empty" }),
      mounts: { "/x": "dat" },
      init: { a: {}, b: {} },
    });
    expect(found).toEqual([
      'volumes/unknown dev/shop/web: mounts has volume "dat" at /x, which does not exist; did you mean "data"?',
    ]);
  });

  test("with a warning, when no container sees it", async () => {
    const { findings } = await serviceWith({ volumes: { data: { kind: "empty" } } });
    expect(findings.map(({ severity }) => severity)).toEqual(["warning"]);
    expect(brief(findings)).toEqual([
      'volumes/unused dev/shop/web: volume "data" is mounted by no container; say its path, mount it by name, or remove it',
    ]);
  });

  test("not for memory that the container only reads", async () => {
    await podWith({
      size: "large",
      volumes: { model: { kind: "empty", medium: "memory", size: "1Gi" } },
      mounts: { "/in": "model" },
      sidecars: { reader: { image: IMAGE, mounts: { "/in": { volume: "model", readOnly: true } } } },
    });
  });

  test("when the tenant may not use its class, where that is known", async () => {
    const platform = definePlatform("acme", {
      domain: "acme.example",
      environments: { dev: {} },
      tenants: { shop: { allowed: { storageClasses: ["slow"] } } },
    });
    const rules = async (volume: object) => {
      const shop = testTenant(platform, "dev", "shop");
      new WebService(shop, "web", { image: IMAGE, ...ALONE, ...withVolume(volume) });
      return brief((await shop.plan()).findings);
    };
    const refusal =
      'volumes/not-allowed dev/shop/web: volumes.data.storageClass "fast" is not one that the tenant may use; use one of "slow", or extend allowed.storageClasses of the tenant\'s facts';
    expect(await rules({ kind: "persistent", size: "1Gi", storageClass: "fast" })).toEqual([refusal]);
    expect(await rules({ kind: "ephemeral", size: "1Gi", storageClass: "fast" })).toEqual([refusal]);
    expect(await rules({ kind: "persistent", size: "1Gi", storageClass: "slow" })).toEqual([]);
    expect(await rules({ kind: "persistent", size: "1Gi" })).toEqual([]);
  });
});

describe("a disk for one node at a time", () => {
  const disk = (more: object = {}) => withVolume({ kind: "persistent", size: "1Gi", ...more });
  const pods =
    'is on one node at a time, and replicas 2 are more pods than one, which wait for ever on other nodes; say replicas: 1, access: "many-nodes" where the storage class has that, or kind: "ephemeral" for a disk of each pod\'s own';
  const rolling =
    'is on one node at a time, and in a rolling update the new pod waits for ever on another node for the old one to give it up; say rollout: { strategy: "recreate" }';

  test.each<[string, Props, string[]]>([
    ["takes one pod that is replaced", {}, []],
    ["takes no pod", { replicas: 0 }, []],
    ["takes no several pods", { replicas: 2 }, [pods]],
    ["takes no range", { replicas: { min: 1, max: 3 } }, [pods.replace("replicas 2", 'replicas {"min":1,"max":3}')]],
    ["takes no rolling update", { rollout: { strategy: "rolling" } }, [rolling]],
    [
      "takes neither",
      { replicas: 2, rollout: { strategy: "rolling", maxSurge: 0, maxUnavailable: 1 } },
      [pods, rolling],
    ],
  ])("%s", async (_, props, expected) => {
    expect((await findingsOf({ ...disk(), ...props })).sort()).toEqual(
      expected.map((message) => `volumes/one-node dev/shop/web: volume "data" ${message}`).sort(),
    );
  });

  test("is nothing that the defaults fit, in development or elsewhere", async () => {
    const rules = async (environment: "dev" | "prod") => rulesOf((await serviceWith(disk(), environment)).findings);
    expect(await rules("dev")).toEqual(["volumes/one-node"]);
    expect(await rules("prod")).toEqual(["volumes/one-node", "volumes/one-node"]);
  });

  test.each(["many-nodes", "ephemeral"])("is another matter than %s", async (what) => {
    const props = what === "ephemeral" ? withVolume({ kind: "ephemeral", size: "1Gi" }) : disk({ access: what });
    expect(await findingsOf({ ...props, replicas: 3, rollout: { strategy: "rolling" } })).toEqual([]);
  });

  test.each<[ScheduledJobProps["overlap"], string[]]>([
    ["allow", ["warning volumes/one-node"]],
    ["skip", []],
    ["replace", []],
    [undefined, []],
  ])("is shared by the runs of a ScheduledJob with overlap %s", async (overlap, expected) => {
    const shop = tenantIn("dev");
    new ScheduledJob(shop, "report", {
      image: IMAGE,
      schedule: "@daily",
      overlap,
      volumes: { data: { kind: "persistent", size: "1Gi", path: "/data" } },
    });
    const { findings } = await shop.plan();
    expect(findings.map(({ severity, rule }) => `${severity} ${rule}`)).toEqual(expected);
  });
});

test("mounts never collide without a finding, whatever is mounted where", async () => {
  const path = fc.constantFrom("/a", "/a/b", "/a/b/c", "/b", "/c", "/d", "/e", "/e/f", "/tmp", "/tmp/a", "/ab");
  const volume = fc.constantFrom<Volume>(
    { kind: "empty" },
    { kind: "empty", readOnly: true },
    { kind: "keys", secret: "s" },
    { kind: "ephemeral", size: "1Gi" },
  );
  const placed = fc
    .record({ volume, path: fc.option(path, { nil: undefined }) })
    .map((given): Volume => ({ ...given.volume, path: given.path as `/${string}` | undefined }));
  const name = fc.constantFrom("x", "y", "z");
  const mount = fc.oneof(
    name,
    fc.record({
      volume: name,
      readOnly: fc.constantFrom(true, false, undefined),
      subPath: fc.constantFrom("s", undefined),
    }),
  );
  const mounts = fc.dictionary(path, mount, { maxKeys: 3 });
  const props = fc.record({
    volumes: fc.record({ x: placed, y: placed, z: placed }),
    mounts,
    files: fc.dictionary(path, fc.constant("text"), { maxKeys: 1 }),
    init: fc.dictionary(fc.constantFrom("i"), fc.record({ mounts, inherit: fc.boolean() }), { maxKeys: 1 }),
  });
  let fine = 0;
  await fc.assert(
    fc.asyncProperty(props, async (given) => {
      const plan = await serviceWith(given as Props);
      if (plan.findings.some(({ severity }) => severity === "error")) return;
      fine++;
      const spec = specIn(plan);
      const names = spec.volumes.map((made) => made.name);
      expect(new Set(names).size).toBe(names.length);
      for (const { volumeMounts } of [...spec.containers, ...(spec.initContainers ?? [])]) {
        const paths = volumeMounts.map(({ mountPath }) => mountPath);
        expect(new Set(paths).size).toBe(paths.length);
        for (const made of volumeMounts) {
          expect(names).toContain(made.name);
          const around = volumeMounts.filter((outer) => made.mountPath.startsWith(`${outer.mountPath}/`));
          expect(around.filter(({ readOnly }) => readOnly)).toEqual([]);
        }
      }
    }),
    { numRuns: 300 },
  );
  expect(fine).toBeGreaterThan(20);
});

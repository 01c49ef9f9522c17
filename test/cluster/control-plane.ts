// A real Kubernetes control plane on loopback ports: etcd, API server, controllers, scheduler, and kwok for nodes.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ToolName, toolPath } from "../tools/status.ts";
import {
  bodyOf,
  createRequest,
  type Identity,
  type KubernetesList,
  type KubernetesObject,
  type Request,
} from "./api.ts";
import { freePorts, Processes, until } from "./processes.ts";

export const controlPlaneTools: readonly ToolName[] = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "kwok-stages",
];

export interface ControlPlane {
  readonly url: string;
  /** Path of a kubeconfig for an administrator. */
  readonly kubeconfig: string;
  /** As the administrator. */
  readonly request: Request;
  /** As somebody else, whom the administrator impersonates. */
  as(identity: Identity): Request;
  /** From the start of the first program until all was ready. */
  readonly startupSeconds: number;
  stop(): Promise<void>;
}

const zones = ["zone-a", "zone-b", "zone-c"];
const startupTimeout = 90_000;

export async function startControlPlane(): Promise<ControlPlane> {
  const started = Date.now();
  const processes = new Processes();
  try {
    const [etcdPort, peerPort, port, controllersPort, schedulerPort] = (await freePorts(5)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const at = (name: string) => join(processes.directory, name);
    const url = `https://127.0.0.1:${port}`;
    const token = randomBytes(24).toString("hex");
    writeCredentials(processes.directory, token);

    const etcd = `http://127.0.0.1:${etcdPort}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    processes.start("etcd", toolPath("etcd"), [
      `--data-dir=${at("etcd")}`,
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${etcd}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      "--unsafe-no-fsync", // nothing here must survive a crash
      "--log-level=warn",
    ]);
    processes.start("kube-apiserver", toolPath("kube-apiserver"), apiServerFlags({ at, etcd, port }));
    await until("kube-apiserver's certificate", async () => expectRunning(processes, readable(at(serverCertificate))), {
      timeout: startupTimeout,
      interval: 100,
    });

    const certificateAuthority = readFileSync(at(serverCertificate), "utf8");
    const as = createRequest({ url, token, certificateAuthority }, () => processes.failure);
    const request = as();
    writeFileSync(at("kubeconfig"), kubeconfigText(url, token, certificateAuthority));
    await untilReady(processes, request);

    const asAdministrator = `--kubeconfig=${at("kubeconfig")}`;
    processes.start("kube-controller-manager", toolPath("kube-controller-manager"), [
      asAdministrator,
      `--service-account-private-key-file=${at("service-account.key")}`,
      `--root-ca-file=${at(serverCertificate)}`,
      `--cert-dir=${at("controllers")}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${controllersPort}`,
      "--leader-elect=false",
      // Autoscalers set `replicas` at their first look, so tests should not wait 15 s for it.
      "--horizontal-pod-autoscaler-sync-period=2s",
      // Quotas that count a kind whose definition is new are computed at the next look, which else is 5 minutes later.
      "--resource-quota-sync-period=2s",
    ]);
    processes.start("kube-scheduler", toolPath("kube-scheduler"), [
      asAdministrator,
      `--cert-dir=${at("scheduler")}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${schedulerPort}`,
      "--leader-elect=false",
    ]);
    for (const node of zones.map(nodeObject)) bodyOf(await request("POST", "/api/v1/nodes", node), "creating a node");
    bodyOf(await request("POST", "/apis/storage.k8s.io/v1/storageclasses", storageClass), "creating a storage class");
    processes.start("kwok", toolPath("kwok"), [
      asAdministrator,
      `--config=${toolPath("kwok-stages")}`,
      "--manage-all-nodes=true",
      "--node-lease-duration-seconds=40",
      "--cidr=10.244.0.0/16",
    ]);
    await untilSettled(processes, request);

    const startupSeconds = (Date.now() - started) / 1000;
    console.log(`control plane ready in ${startupSeconds.toFixed(1)} s at ${url}`);
    return { url, kubeconfig: at("kubeconfig"), request, as, startupSeconds, stop: () => processes.stop() };
  } catch (error) {
    const reason = processes.failure ?? `kube-apiserver's last lines:\n${processes.lastLines("kube-apiserver")}`;
    await processes.stop();
    throw new Error(`the control plane did not start: ${reason}`, { cause: error });
  }
}

const serverCertificate = "apiserver/apiserver.crt";

function apiServerFlags(options: {
  readonly at: (name: string) => string;
  readonly etcd: string;
  readonly port: number;
}): string[] {
  const { at, etcd, port } = options;
  return [
    `--etcd-servers=${etcd}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${at("apiserver")}`, // makes its own serving certificate, which also is what clients trust
    "--endpoint-reconciler-type=none", // nobody reaches the server through its Service
    "--advertise-address=192.0.2.1",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--authorization-mode=RBAC",
    "--anonymous-auth=false",
    `--token-auth-file=${at("tokens.csv")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${at("service-account.pub")}`,
    `--service-account-signing-key-file=${at("service-account.key")}`,
    "--allow-privileged=true", // as clusters have it: what stops privileged pods is Pod Security
    "--profiling=false",
  ];
}

function writeCredentials(directory: string, token: string): void {
  const secret = { mode: 0o600 };
  writeFileSync(join(directory, "tokens.csv"), `${token},admin,admin,system:masters\n`, secret);
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  writeFileSync(join(directory, "service-account.pub"), publicKey);
  writeFileSync(join(directory, "service-account.key"), privateKey, secret);
  for (const name of ["apiserver", "controllers", "scheduler"]) mkdirSync(join(directory, name));
}

/** JSON is YAML: every reader of a kubeconfig takes it. */
function kubeconfigText(url: string, token: string, certificateAuthority: string): string {
  return JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "test",
      clusters: [
        {
          name: "test",
          cluster: {
            server: url,
            "certificate-authority-data": Buffer.from(certificateAuthority).toString("base64"),
          },
        },
      ],
      users: [{ name: "admin", user: { token } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    },
    null,
    2,
  );
}

function nodeObject(zone: string): object {
  const name = `node-${zone}`;
  // Given here because kwok's own capacity has no ephemeral storage, and hardened pods ask for some.
  const capacity = { cpu: "1k", memory: "1Ti", pods: "10k", "ephemeral-storage": "1Ti" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/region": "region-1",
        "topology.kubernetes.io/zone": zone,
      },
    },
    status: { capacity, allocatable: capacity },
  };
}

/** The class that kwok's volume stages provision for. */
const storageClass = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "kwok-volume", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: "kwok.x-k8s.io/volume",
  reclaimPolicy: "Delete",
  volumeBindingMode: "Immediate",
};

/** Stops waiting at once when a program has ended: it will not come back. */
function expectRunning(processes: Processes, missing: string | undefined): string | undefined {
  if (processes.failure !== undefined) throw new Error(processes.failure);
  return missing;
}

function readable(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").includes("END CERTIFICATE") ? undefined : `${file} is not complete`;
  } catch {
    return `${file} is not there`;
  }
}

async function untilReady(processes: Processes, request: Request): Promise<void> {
  const ask = async () => {
    try {
      const { status, body } = await request<string>("GET", "/readyz?verbose");
      return status === 200 ? undefined : String(body);
    } catch (error) {
      return String(error);
    }
  };
  await until("kube-apiserver is ready", async () => expectRunning(processes, await ask()), {
    timeout: startupTimeout,
    interval: 100,
  });
}

interface NodeStatus {
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

/** Nodes are Ready, and the controllers have made what every namespace gets: proof that they watch. */
async function untilSettled(processes: Processes, request: Request): Promise<void> {
  const ask = async () => {
    const nodes = bodyOf(await request<KubernetesList>("GET", "/api/v1/nodes"), "listing nodes").items;
    const unready = nodes.filter((node) => !isReady(node)).map((node) => node.metadata.name);
    if (unready.length > 0) return `nodes that are not Ready: ${unready.join(", ")}`;
    for (const namespace of ["default", "kube-system", "kube-public", "kube-node-lease"])
      for (const path of ["serviceaccounts/default", "configmaps/kube-root-ca.crt"])
        if ((await request("GET", `/api/v1/namespaces/${namespace}/${path}`)).status !== 200)
          return `${namespace} has no ${path}`;
    return undefined;
  };
  await until("nodes and controllers are ready", async () => expectRunning(processes, await ask()), {
    timeout: startupTimeout,
  });
}

function isReady(node: KubernetesObject): boolean {
  const { conditions = [] } = (node.status ?? {}) as NodeStatus;
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

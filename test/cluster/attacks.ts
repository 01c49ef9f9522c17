// What a tenant must not achieve, and what it must. The ids are those of the Multi-Tenancy Benchmarks of Kubernetes' special
// interest group: https://github.com/kubernetes-sigs/multi-tenancy/tree/master/benchmarks
import {
  type Attack,
  type Attempt,
  backend,
  binding,
  claim,
  container,
  ESCALATION,
  everyone,
  externalSecret,
  image,
  ingress,
  networkPolicy,
  object,
  pod,
  podSecurity,
  policySays,
  quotaSays,
  RBAC,
  read,
  type Refusal,
  role,
  route,
  rule,
  scaledObject,
  service,
  tolerations,
  writers,
} from "./attempts.ts";
import type { Place, Role } from "./two-tenants.ts";

/** A pod that does one thing which is not allowed. */
export interface PodAttack {
  readonly what: string;
  readonly spec: object;
  readonly says: Refusal;
}

/** Each of them is tried as a pod, and as the template of a Deployment. */
export function podAttacks(place: Place): PodAttack[] {
  const { tenant, rival } = place;
  const main = (fields: object): object => ({ containers: [container(place, fields)] });
  const init = (fields: object): object => ({ initContainers: [container(place, fields, "init")] });
  const security = (fields: object): object =>
    main({ securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, ...fields } });
  const volume = (fields: object): object => ({ volumes: [{ name: "v", ...fields }] });
  const limits = (amounts: object): object => main({ resources: { requests: amounts, limits: amounts } });
  const says = (reason: string): Refusal => policySays(place, "pods", reason);
  const foreign = (from: string): Refusal => says(`image ${from} is not from where tenant ${tenant} takes its images`);
  const always = says(`containers of tenant ${tenant} have imagePullPolicy Always`);
  const priority = (name: string): Refusal => says(`priority class ${name} is not one of tenant ${tenant} (`);
  const devices = says(
    `pods of tenant ${tenant} ask for no devices but those that its quota counts (nvidia.com/gpu): `,
  );
  const ofRival = image({ tenant: rival });
  const rows: readonly (readonly [what: string, spec: object, says: Refusal])[] = [
    [
      "MTB-PL1-BC-CPI-3: adds capabilities",
      security({ capabilities: { drop: ["ALL"], add: ["NET_ADMIN"] } }),
      podSecurity('unrestricted capabilities (container "main" must not include "NET_ADMIN"'),
    ],
    [
      "MTB-PL1-BC-CPI-4: may run as root",
      { securityContext: { seccompProfile: { type: "RuntimeDefault" } } },
      podSecurity("runAsNonRoot != true"),
    ],
    ["MTB-PL1-BC-CPI-4: runs as user 0", security({ runAsUser: 0 }), podSecurity("runAsUser=0")],
    [
      "MTB-PL1-BC-CPI-5: is privileged",
      main({ securityContext: { privileged: true } }),
      podSecurity('privileged (container "main" must not set securityContext.privileged=true)'),
    ],
    [
      "MTB-PL1-BC-CPI-5: is privileged before it starts",
      init({ securityContext: { privileged: true } }),
      podSecurity('privileged (container "init" must not set securityContext.privileged=true)'),
    ],
    [
      "MTB-PL1-BC-CPI-6: escalates privileges",
      security({ allowPrivilegeEscalation: true }),
      podSecurity("allowPrivilegeEscalation != false"),
    ],
    [
      "MTB-PL1-BC-HI-1: mounts a path of the host",
      volume({ hostPath: { path: "/" } }),
      podSecurity('volume "v" uses restricted volume type "hostPath"'),
    ],
    ["MTB-PL1-BC-HI-3: uses the host's network", { hostNetwork: true }, podSecurity("hostNetwork=true")],
    [
      "MTB-PL1-BC-HI-3: uses a port of the host",
      main({ ports: [{ containerPort: 8080, hostPort: 8080 }] }),
      podSecurity('container "main" uses hostPort 8080'),
    ],
    ["MTB-PL1-BC-HI-4: sees the host's processes", { hostPID: true }, podSecurity("hostPID=true")],
    ["MTB-PL1-BC-HI-5: uses the host's IPC", { hostIPC: true }, podSecurity("hostIPC=true")],
    ["MTB-PL1-CC-DI-1: runs what lies on the node", main({ imagePullPolicy: "IfNotPresent" }), always],
    ["makes any system call", { securityContext: { runAsNonRoot: true } }, podSecurity("seccompProfile")],
    [
      "lets the node ask others, by a probe",
      main({ livenessProbe: { httpGet: { host: "10.0.0.1", port: 80 } } }),
      podSecurity("probe or lifecycle host"),
    ],
    ["runs an image of the rival", main({ image: ofRival }), foreign(ofRival)],
    ["runs an image of strangers", main({ image: "docker.io/evil:1" }), foreign("docker.io/evil:1")],
    ["runs an image of the rival before it starts", init({ image: ofRival }), foreign(ofRival)],
    ["mounts an image of the rival", volume({ image: { reference: ofRival, pullPolicy: "Always" } }), foreign(ofRival)],
    [
      "mounts an image that lies on the node",
      volume({ image: { reference: image(place), pullPolicy: "Never" } }),
      always,
    ],
    ["takes the rival's priority", { priorityClassName: `${rival}-urgent` }, priority(`${rival}-urgent`)],
    ["takes the cluster's priority", { priorityClassName: "system-node-critical" }, priority("system-node-critical")],
    ["asks for more CPU than there is", limits({ cpu: 9 }), quotaSays("requests.cpu=9")],
    [
      "asks for more memory than there is",
      limits({ memory: "17Gi" }),
      quotaSays("limits.memory=17Gi,requests.memory=17Gi"),
    ],
    [
      "asks for more of the node's disk than there is",
      limits({ "ephemeral-storage": "21Gi" }),
      quotaSays("limits.ephemeral-storage=21Gi,requests.ephemeral-storage=21Gi"),
    ],
    ["goes to a node around the scheduler", { nodeName: "node-0" }, says(`pods of tenant ${tenant} name no node`)],
    [
      "goes to the nodes of others",
      { tolerations: [{ operator: "Exists" }] },
      says(`pods of tenant ${tenant} name no node, and tolerate taints by key only`),
    ],
    [
      "goes to the nodes of the control plane",
      { tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }] },
      says("those of node roles not at all"),
    ],
    ["asks for a GPU", limits({ "nvidia.com/gpu": 1 }), quotaSays("requests.nvidia.com/gpu=1")],
    ["asks for a GPU of another vendor", limits({ "amd.com/gpu": 1 }), devices],
    ["asks for a part of a GPU", limits({ "nvidia.com/mig-1g.5gb": 1 }), devices],
    ["asks for a device before it starts", init({ resources: { limits: { "example.com/fpga": 1 } } }), devices],
  ];
  return rows.map(([what, spec, reason]) => ({ what, spec, says: reason }));
}

type Tried = readonly [what: string, as: readonly Role[], request: string];

/** Nobody may; so what would be sent does not matter. */
const beyondRoles: readonly Tried[] = [
  ["MTB-PL1-CC-TI-1: makes a quota", everyone, "POST own/resourcequotas"],
  ["MTB-PL1-CC-TI-1: replaces its quota", everyone, "PUT own/resourcequotas/tenant"],
  ["MTB-PL1-CC-TI-1: changes its quota", everyone, "PATCH own/resourcequotas/tenant"],
  ["MTB-PL1-CC-TI-1: deletes its quota", everyone, "DELETE own/resourcequotas/tenant"],
  ["MTB-PL1-CC-TI-1: deletes all quotas", everyone, "DELETE own/resourcequotas"],
  ["MTB-PL1-BC-CPI-2: changes its limits", everyone, "PATCH own/limitranges/tenant"],
  ["MTB-PL1-BC-CPI-2: deletes its limits", everyone, "DELETE own/limitranges/tenant"],
  ["loosens Pod Security or poses as the rival by labels", everyone, "PATCH cluster/namespaces/<own>"],
  ["deletes its namespace", everyone, "DELETE cluster/namespaces/<own>"],
  ["ends its namespace", everyone, "PUT cluster/namespaces/<own>/finalize"],
  ["makes a namespace", everyone, "POST cluster/namespaces"],
  ["deletes a policy", everyone, "DELETE cluster/validatingadmissionpolicies/flagstone-red-pods"],
  ["binds itself in the rival's namespace", everyone, "POST rival/rolebindings"],
  ["binds itself in the whole cluster", everyone, "POST cluster/clusterrolebindings"],
  ["asks for a token of an account of its own", everyone, "POST own/serviceaccounts/default/token"],
  ["asks for a token of the rival", everyone, "POST rival/serviceaccounts/default/token"],
  ["asks for a token of a controller", everyone, "POST kube-system/serviceaccounts/namespace-controller/token"],
  ["asks for a certificate", everyone, "POST cluster/certificatesigningrequests"],
  ["reaches a node", everyone, "GET cluster/nodes/node-zone-a/proxy/pods"],
  ["reaches its pods past network policies", everyone, "GET own/pods/x/proxy/"],
  ["reaches services of the rival past network policies", everyone, "GET rival/services/backend/proxy/"],
  ["reads the server's metrics", everyone, "GET /metrics"],
  ["binds a pod to a node", everyone, "POST own/pods/x/binding"],
  ["gives its pod the address of another", everyone, "PATCH own/pods/x/status"],
  ["gives its service the address of another", everyone, "PATCH own/services/x/status"],
  ["leads its service to the rival's pods", everyone, "POST own/endpoints"],
  ["leads its service to the rival's pods by a slice", everyone, "POST own/endpointslices"],
  ["leads the rival's service elsewhere", everyone, "PATCH rival/endpointslices/backend"],
  ["lets its routes into the rival's namespace", everyone, "POST rival/referencegrants"],
  ["reads secrets of the platform by a store of its own", everyone, "POST own/secretstores"],
  ["lets KEDA pose as others", everyone, "POST own/triggerauthentications"],
  ["reads secrets of a store", ["viewer"], "POST own/externalsecrets"],
  ["writes events", everyone, "POST own/events"],
  ["writes events of the rival", everyone, "POST rival/events"],
  ["takes the lead from a controller", everyone, "PATCH kube-system/leases/kube-scheduler"],
  ["makes a volume of the host", everyone, "POST cluster/persistentvolumes"],
  ["starts a pod", ["viewer"], "POST own/pods"],
  ["makes itself an admin", ["developer", "viewer"], "POST own/rolebindings"],
  ["makes a role", ["developer", "viewer"], "POST own/roles"],
  ["opens its network", ["developer", "viewer"], "POST own/networkpolicies"],
  ["deletes the default of its network", ["developer", "viewer"], "DELETE own/networkpolicies/default-deny"],
  ["reads secrets", ["viewer"], "GET own/secrets"],
  ["looks into a pod", ["viewer"], "POST own/pods/x/exec?command=sh"],
  ["forwards a port", ["viewer"], "POST own/pods/x/portforward"],
  ["adds a container to look inside", ["viewer"], "PATCH own/pods/x/ephemeralcontainers"],
];

/** Everything that a tenant tries by a request of its own, besides pods. */
export function attacks(place: Place): Attack[] {
  const { tenant, rival, namespace, target } = place;
  const own = `oidc:${tenant}-admins`;
  const ofRival = `www.${rival}.acme.example`;
  const guard = policySays(place, "guard", `this object holds tenant ${tenant} to its bounds`);
  const services = (reason: string): Refusal => policySays(place, "services", reason);
  const ingresses = (reason: string): Refusal => policySays(place, "ingresses", reason);
  const routes = (reason: string): Refusal => policySays(place, "routes", reason);
  const notOwn = (host: string): string => `host ${host} is not one of tenant ${tenant} (${tenant}.acme.example, `;
  const storage = (name: string): Refusal =>
    policySays(place, "volumes", `storage class '${name}' is not one of tenant ${tenant} (`);
  const external = (reason: string): Refusal => policySays(place, "externalsecrets", reason);
  const notOwnPath = (path: string): Refusal => external(`path ${path} is not one of tenant ${tenant} (${tenant}/): `);
  const named = external(`an ExternalSecret of tenant ${tenant} names each path that it reads`);
  const notOwnStore = (store: string): Refusal =>
    external(`${store} is not the store of tenant ${tenant} (ClusterSecretStore vault): `);
  const beyond = (annotation: string): Refusal =>
    ingresses(`annotation ${annotation} gets an Ingress of tenant ${tenant} beyond its hosts or its namespace: `);
  const annotated = (annotations: object): object => ingress({ rules: [rule(`${tenant}.example`)] }, annotations);
  const tolerates = policySays(place, "pods", `pods of tenant ${tenant} name no node, and tolerate taints by key only`);
  const nginx = "nginx.ingress.kubernetes.io";
  const marked = { metadata: { labels: { "flagstone.dev/guard": "x" } } };
  const v1beta1 = `/apis/gateway.networking.k8s.io/v1beta1/namespaces/${namespace}/httproutes`;
  const byAdmin = (
    rows: readonly (readonly [what: string, request: string, body?: object])[],
    says: Refusal,
  ): Attack[] => rows.map(([what, request, body]) => ({ what, as: ["admin"], request, body, says }));
  const entries: readonly (readonly [what: string, request: string, body: object, says: Refusal])[] = [
    [
      "MTB-PL1-BC-HI-1: opens a port of the nodes",
      "POST own/services",
      service({ type: "NodePort" }),
      quotaSays("services.nodeports=1"),
    ],
    [
      "makes a load balancer",
      "POST own/services",
      service({ type: "LoadBalancer", allocateLoadBalancerNodePorts: false }),
      quotaSays("services.loadbalancers=1"),
    ],
    [
      "takes addresses of others",
      "POST own/services",
      service({ externalIPs: ["192.0.2.1"] }),
      services("have no externalIPs"),
    ],
    [
      "leads a service to a name of the rival",
      "POST own/services",
      service({ type: "ExternalName", externalName: `backend.${target}.svc` }),
      services("are not of type ExternalName"),
    ],
    [
      "claims the rival's host",
      "POST own/ingresses",
      ingress({ rules: [rule(`${tenant}.example`), rule(ofRival)] }),
      ingresses(notOwn(ofRival)),
    ],
    [
      "claims all hosts of the domain",
      "POST own/ingresses",
      ingress({ rules: [rule("*.acme.example")] }),
      ingresses(notOwn("*.acme.example")),
    ],
    ["claims all hosts", "POST own/ingresses", ingress({ rules: [rule()] }), ingresses("names a host in each rule")],
    [
      "claims what nobody serves",
      "POST own/ingresses",
      ingress({ defaultBackend: backend }),
      ingresses("has no default backend"),
    ],
    [
      "asks for a certificate of the rival",
      "POST own/ingresses",
      ingress({ rules: [rule(`${tenant}.example`)], tls: [{ hosts: [ofRival] }] }),
      ingresses("has certificates for its own hosts only"),
    ],
    [
      "claims the rival's host by an HTTPRoute",
      "POST own/httproutes",
      route("HTTPRoute", [`${tenant}.example`, ofRival]),
      routes(notOwn(ofRival)),
    ],
    [
      "claims the rival's host by an older HTTPRoute",
      `POST ${v1beta1}`,
      route("HTTPRoute", [ofRival], "v1beta1"),
      routes(notOwn(ofRival)),
    ],
    [
      "claims the rival's host by a GRPCRoute",
      "POST own/grpcroutes",
      route("GRPCRoute", [ofRival]),
      routes(notOwn(ofRival)),
    ],
    ["claims all hosts by an HTTPRoute", "POST own/httproutes", route("HTTPRoute"), routes("names its hosts")],
    [
      "takes a storage class of the rival",
      "POST own/persistentvolumeclaims",
      claim(`${rival}-disks`),
      storage(`${rival}-disks`),
    ],
    ["takes any volume that lies about", "POST own/persistentvolumeclaims", claim(""), storage("")],
    [
      "takes more storage than there is",
      "POST own/persistentvolumeclaims",
      claim(`${tenant}-disks`, "11Gi"),
      quotaSays("requests.storage=11Gi"),
    ],
    ...[{ operator: "Exists" }, { key: "node-role.kubernetes.io/control-plane", operator: "Exists" }].flatMap(
      (toleration) =>
        ["pending", "gated"].map(
          (name) =>
            [
              `goes to the nodes of the control plane by a ${name} pod that tolerates ${toleration.key ?? "everything"} later`,
              `PATCH own/pods/${name}`,
              { spec: { tolerations: [...tolerations, toleration] } },
              tolerates,
            ] as const,
        ),
    ),
    ...[
      ["server-alias", ofRival],
      ["server-snippet", "return 200;"],
      ["configuration-snippet", "return 200;"],
      ["auth-tls-secret", `${target}/tls`],
      ["auth-secret", `${target}/users`],
      ["auth-proxy-set-headers", `${target}/config`],
    ].map(
      ([name, value]) =>
        [
          `gets beyond its Ingress by ${name}`,
          "POST own/ingresses",
          annotated({ [`${nginx}/${name}`]: value }),
          beyond(`${nginx}/${name}`),
        ] as const,
    ),
    [
      "asks for a certificate of the rival by an annotation",
      "POST own/ingresses",
      annotated({ "cert-manager.io/alt-names": ofRival }),
      beyond("cert-manager.io/alt-names"),
    ],
    [
      "asks for a token that never ends",
      "POST own/secrets",
      {
        ...object("v1", "Secret", { type: "kubernetes.io/service-account-token" }),
        metadata: { name: "x", annotations: { "kubernetes.io/service-account.name": "default" } },
      },
      policySays(place, "tokens", "are not of type kubernetes.io/service-account-token"),
    ],
    ...["stripe", `${rival}/stripe`, `${tenant}ish/stripe`, `${tenant}/../${rival}/stripe`].map(
      (path) =>
        [
          `reads ${path} from the store`,
          "POST own/externalsecrets",
          externalSecret({ data: [read(`${tenant}/own`), read(path)] }),
          notOwnPath(path),
        ] as const,
    ),
    [
      "reads all of the rival from the store",
      "POST own/externalsecrets",
      externalSecret({ dataFrom: [{ extract: { key: rival } }] }),
      notOwnPath(rival),
    ],
    [
      "looks for secrets in the store",
      "POST own/externalsecrets",
      externalSecret({ dataFrom: [{ find: { path: `${tenant}/`, name: { regexp: ".*" } } }] }),
      named,
    ],
    [
      "reads from another store",
      "POST own/externalsecrets",
      externalSecret({ data: [read(`${tenant}/a`)] }, { name: "platform", kind: "ClusterSecretStore" }),
      notOwnStore("ClusterSecretStore platform"),
    ],
    [
      "reads from a store of the same name in its namespace",
      "POST own/externalsecrets",
      externalSecret({ data: [read(`${tenant}/a`)] }, { name: "vault" }),
      notOwnStore("SecretStore vault"),
    ],
    [
      "reads one value from another store",
      "POST own/externalsecrets",
      externalSecret({
        data: [{ ...read(`${tenant}/a`), sourceRef: { storeRef: { name: "platform", kind: "ClusterSecretStore" } } }],
      }),
      named,
    ],
    [
      "gets credentials from a generator",
      "POST own/externalsecrets",
      externalSecret({ dataFrom: [{ sourceRef: { generatorRef: { kind: "ClusterGenerator", name: "a" } } }] }),
      named,
    ],
    [
      "lets the operator make what is no Secret",
      "POST own/externalsecrets",
      externalSecret({ target: { manifest: { apiVersion: "v1", kind: "ConfigMap" } } }),
      external("makes a Secret, without target.manifest"),
    ],
    [
      "lets KEDA take the platform's credentials to strangers",
      "POST own/scaledobjects",
      scaledObject({ name: `${rival}-queues`, kind: "ClusterTriggerAuthentication" }),
      policySays(
        place,
        "scaledobjects",
        `ClusterTriggerAuthentication ${rival}-queues is not one of tenant ${tenant} (${tenant}-queues): `,
      ),
    ],
    [
      "MTB-PL1-BC-CPI-2: keeps admins from an account by the mark of the guard",
      "PATCH own/serviceaccounts/worker",
      marked,
      guard,
    ],
    [
      "MTB-PL1-BC-CPI-2: makes an account with the mark of the guard",
      "POST own/serviceaccounts",
      { ...object("v1", "ServiceAccount", {}), metadata: { name: "x", ...marked.metadata } },
      guard,
    ],
    [
      "MTB-PL1-BC-CPI-2: gives pods a token that ask for none",
      "PATCH own/serviceaccounts/default",
      { automountServiceAccountToken: true },
      guard,
    ],
  ];
  return [
    ...beyondRoles.map(([what, as, request]) => ({
      what,
      as,
      request: request.replace("<own>", namespace),
      says: RBAC,
    })),
    ...byAdmin(
      [
        [
          "MTB-PL1-BC-CPI-2: opens its network to all",
          "PATCH own/networkpolicies/default-deny",
          { spec: { ingress: [{}] } },
        ],
        ["MTB-PL1-BC-CPI-2: deletes the default of its network", "DELETE own/networkpolicies/default-deny"],
        ["MTB-PL1-BC-CPI-2: deletes all its network policies", "DELETE own/networkpolicies"],
        [
          "MTB-PL1-BC-CPI-2: takes off the mark of the guard",
          "PATCH own/rolebindings/tenant-viewer",
          { metadata: { labels: null } },
        ],
        ["MTB-PL1-BC-CPI-2: locks others out", "PATCH own/rolebindings/tenant-developer", { subjects: [] }],
        ["MTB-PL1-BC-CPI-2: extends a role of the platform", "PATCH own/roles/tenant-viewer", { rules: [] }],
        [
          "MTB-PL1-BC-CPI-2: holds off the end of a guard",
          "PATCH own/roles/tenant-viewer",
          { metadata: { finalizers: ["a.example/b"] } },
        ],
      ],
      guard,
    ),
    ...byAdmin(
      [
        ["makes a role of all rights", "POST own/roles", role("* * *")],
        ["makes a role that reaches pods past network policies", "POST own/roles", role("get pods/proxy")],
        ["makes a role that writes quotas", "POST own/roles", role("update resourcequotas")],
        ["makes a role that poses as accounts", "POST own/roles", role("impersonate serviceaccounts")],
        ["makes a role that asks for tokens", "POST own/roles", role("create serviceaccounts/token")],
        ["makes a role that binds any other", "POST own/roles", role("bind roles rbac.authorization.k8s.io")],
        [
          "makes a role that is not bound to its own rights",
          "POST own/roles",
          role("escalate roles rbac.authorization.k8s.io"),
        ],
        ["binds itself to cluster-admin", "POST own/rolebindings", binding("ClusterRole/cluster-admin", own)],
        ["binds itself to Kubernetes' own admin", "POST own/rolebindings", binding("ClusterRole/admin", own)],
        ["binds itself to Kubernetes' own editor", "POST own/rolebindings", binding("ClusterRole/edit", own)],
      ],
      ESCALATION,
    ),
    ...byAdmin(
      [
        ["shows itself to everybody", "POST own/rolebindings", binding("Role/tenant-viewer", "system:authenticated")],
        ["shows itself to strangers", "POST own/rolebindings", binding("Role/tenant-viewer", "system:unauthenticated")],
      ],
      policySays(place, "rolebindings", "gives nothing to users and groups that begin with system:"),
    ),
    ...entries.map(([what, request, body, says]) => ({ what, as: writers, request, body, says })),
  ];
}

/** What a tenant does every day. */
export function everyday(place: Place): Attempt[] {
  const { tenant } = place;
  const hosts = [`${tenant}.example`, `*.${tenant}.acme.example`];
  const secret = object("v1", "Secret", { stringData: { a: "b" } });
  const rows: readonly (readonly [what: string, as: readonly Role[], request: string, body?: object])[] = [
    ["MTB-PL2-BC-OPS-3: makes a role", ["admin"], "POST own/roles", role("get pods")],
    [
      "MTB-PL2-BC-OPS-3: binds a role",
      ["admin"],
      "POST own/rolebindings",
      binding("Role/tenant-viewer", "oidc:guests"),
    ],
    [
      "binds a role to its own accounts",
      ["admin"],
      "POST own/rolebindings",
      binding("Role/tenant-viewer", `system:serviceaccounts:${place.namespace}`),
    ],
    ["MTB-PL2-BC-OPS-4: makes a network policy", ["admin"], "POST own/networkpolicies", networkPolicy],
    ["MTB-PL1-CC-FNS-1: reads its quota", everyone, "GET own/resourcequotas/tenant"],
    ["reads its limits", everyone, "GET own/limitranges"],
    ["reads its network policies", everyone, "GET own/networkpolicies"],
    ["reads its events", everyone, "GET own/events"],
    ["reads its roles", everyone, "GET own/rolebindings"],
    ["reads its secrets", ["admin"], "GET own/secrets"],
    ["keeps a secret", ["admin"], "POST own/secrets", secret],
    ["starts a pod", writers, "POST own/pods", pod(place)],
    ["starts a pod first", writers, "POST own/pods", pod(place, { priorityClassName: `${tenant}-urgent` })],
    ["makes a service", writers, "POST own/services", service({})],
    ["makes a volume", writers, "POST own/persistentvolumeclaims", claim(`${tenant}-disks`)],
    ["makes an account", writers, "POST own/serviceaccounts", object("v1", "ServiceAccount", {})],
    ["serves its hosts", writers, "POST own/ingresses", ingress({ rules: hosts.map(rule), tls: [{ hosts }] })],
    [
      "says to controllers how to serve its hosts",
      writers,
      "POST own/ingresses",
      ingress(
        { rules: hosts.map(rule) },
        {
          "cert-manager.io/cluster-issuer": "letsencrypt",
          "nginx.ingress.kubernetes.io/proxy-body-size": "8m",
          "nginx.ingress.kubernetes.io/auth-secret": `${place.namespace}/users`,
          "nginx.ingress.kubernetes.io/auth-tls-secret": "tls",
        },
      ),
    ],
    [
      "reads secrets of a store",
      writers,
      "POST own/externalsecrets",
      externalSecret({ data: [read(`${tenant}/a/b`)], dataFrom: [{ extract: { key: `${tenant}/c` } }] }),
    ],
    ["sees where its secrets are kept", everyone, "GET own/externalsecrets"],
    ["scales by a trigger", writers, "POST own/scaledobjects", scaledObject()],
    [
      "scales by a trigger with credentials of its own",
      writers,
      "POST own/scaledobjects",
      scaledObject({ name: "own", kind: "TriggerAuthentication" }),
    ],
    [
      "scales by a trigger with credentials that it may use",
      writers,
      "POST own/scaledobjects",
      scaledObject({ name: `${tenant}-queues`, kind: "ClusterTriggerAuthentication" }),
    ],
    [
      "lets a pod that waits go to nodes of a pool",
      writers,
      "PATCH own/pods/pending",
      { spec: { tolerations: [...tolerations, { key: "acme.example/pool", operator: "Exists" }] } },
    ],
    ["serves its hosts by a route", writers, "POST own/httproutes", route("HTTPRoute", hosts)],
  ];
  return rows.map(([what, as, request, body]) => ({ what, as, request, body }));
}

import type { JsonMap } from "./json";
import type { Code } from "./write/code";

/** The constructs that workloads become. */
export type WorkloadKind = "WebService" | "Worker" | "Job" | "ScheduledJob";

/** What an endpoint or an external service publishes, as far as variables hold it. */
export type CoordinateKey = "url" | "host" | "port" | "address";

/** Text with coordinates inside, as a variable holds it. */
export type Composed = readonly (string | { readonly coordinate: CoordinateKey })[];

/** One edge from a workload to what it uses. */
export interface Edge {
  /** Id of the other workload or external service. */
  readonly to: string;
  /** Its endpoint, where it has several. */
  readonly endpoint: string | undefined;
  /** Variables that hold its address, by name. */
  readonly variables: ReadonlyMap<string, Composed>;
}

/** An endpoint of a web service. */
export interface EndpointModel {
  readonly port: number;
  readonly servicePort: number;
  readonly protocol: "http" | "grpc" | "tcp" | "udp" | "websocket";
  /** What an external one says besides. */
  readonly entry?: { readonly [key: string]: Code | undefined } | undefined;
}

/** A workload of the program that is written. */
export interface WorkloadModel {
  readonly kind: WorkloadKind;
  readonly id: string;
  /** Namespace, where it is not the tenant's first. */
  readonly namespace: string | undefined;
  readonly endpoints: ReadonlyMap<string, EndpointModel>;
  /** Props in the order in which they are written, without those that follow from the rest of this. */
  readonly props: { readonly [key: string]: Code | undefined };
  readonly edges: readonly Edge[];
  /** Ids of jobs. */
  readonly runAfter: readonly string[];
  /** Last words by child. */
  readonly transform: { readonly [child: string]: JsonMap };
  /** What a reader is to know, above the statement. */
  readonly comments: readonly string[];
}

/** What is used but not run here. */
export interface ExternalModel {
  readonly id: string;
  readonly url: string;
  readonly comments: readonly string[];
}

/** What a workload may call and nothing of the input is: an external service that a reader has to agree to. */
export interface OutsideModel {
  readonly id: string;
  readonly url: string;
  /** Whether only a private network knows the host, so that its addresses have to be said. */
  readonly isPrivate: boolean;
}

/** An object that stands in the program as it was. */
export interface KeptObject {
  /** File in the folder of kept objects. */
  readonly file: string;
  readonly object: JsonMap;
  /** Whether it belongs to the tenant, or to the whole environment. */
  readonly scope: "tenant" | "environment";
}

/** Facts of the platform that is written where none is given. */
export interface FactsModel {
  readonly namespaces: readonly [string, ...string[]];
  readonly hosts: readonly string[];
  readonly ingress: { readonly className: string; readonly namespace: string } | undefined;
  readonly issuer: { readonly name: string; readonly kind: "ClusterIssuer" | "Issuer" } | undefined;
  readonly priorityClasses: readonly string[];
  readonly podSecurity: Readonly<Record<string, "baseline" | "privileged">>;
  readonly quota: { readonly loadBalancers?: number; readonly nodePorts?: number };
}

/** A program that is to be written. */
export interface ProgramModel {
  readonly tenant: string;
  readonly facts: FactsModel;
  readonly workloads: readonly WorkloadModel[];
  readonly externals: readonly ExternalModel[];
  /** External services that stand in a comment. */
  readonly outside: readonly OutsideModel[];
  readonly kept: readonly KeptObject[];
  /** Objects that are not deployed: hooks of Helm at times that a program does not have. */
  readonly aside: readonly KeptObject[];
  /** Texts of files that workloads see, by path in the folder of files. */
  readonly files: ReadonlyMap<string, string>;
}

/** What became of an object. */
export type Fate =
  /** It is, or is part of, this construct. */
  | { readonly kind: "construct"; readonly type: WorkloadKind | "ExternalService" | "Tenant"; readonly id: string }
  /** It stands in the program as it was. */
  | { readonly kind: "kept"; readonly file: string; readonly reason: string }
  /** It is not deployed by the program. */
  | { readonly kind: "aside"; readonly file: string; readonly rule: string };

/** What became of one object of the input. */
export interface Account {
  /** Group, kind, namespace and name. */
  readonly id: string;
  /** Without fields that a server or Helm wrote. */
  readonly object: JsonMap;
  readonly fate: Fate;
  /** Fields that a rule of normalization took away before anything was compared, by rule. */
  readonly dropped: ReadonlyMap<string, number>;
}

/** What is to be known of a workload's pods as they were, to compare them. */
export interface PodFacts {
  /** The container that became the workload's own. */
  readonly own: string;
  /** Containers that have other names now. */
  readonly renamed: ReadonlyMap<string, string>;
  /** ConfigMaps that it took in. */
  readonly configs: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Disks that it took in. */
  readonly claims: ReadonlySet<string>;
  readonly template: JsonMap;
  readonly isScaled: boolean;
}

/** What translating manifests gives. */
export interface Translation {
  /** By id of the workload. */
  readonly pods: ReadonlyMap<string, PodFacts>;
  readonly program: ProgramModel;
  readonly accounts: readonly Account[];
  /** What a reader should look at, and why. */
  readonly hints: readonly string[];
}

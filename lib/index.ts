// The public surface, and nothing else. The first line lets `run` find what deploys, which `platform/` may not import.
import "./deploy/register";

export type { KubeObject, Patch } from "./core/amend";
export { Capability, type TrafficSource } from "./core/capability";
export { CloudHandle, type CreateResource } from "./core/cloud";
export { Component, type ComponentProps } from "./core/component";
export type { Contract, ContractCluster, ContractContext, ContractTenant, ProgramKind } from "./core/contract";
export { type ConstructClass, Default, defaultsFor, type PropsOf, withDefaults } from "./core/defaults";
export { FlagstoneError } from "./core/errors";
export type { Finding, Problem, Severity, SourceLocation } from "./core/findings";
export { Field, Ref } from "./core/refs";
export type { TargetKind } from "./core/relations";
export type {
  AwsProps,
  BuiltinTier,
  ClusterConnection,
  ClusterRef,
  Delivery,
  EndpointConnection,
  ExecAuthentication,
  Group,
  HostNameParts,
  HostNames,
  KubeconfigConnection,
  Named,
  Placement,
} from "./core/scope";
export { type OutputValue, Token } from "./core/tokens";
export type { Bytes, Cpu, Duration, Percent } from "./core/units";
export {
  type Connectable,
  type ConnectionOptions,
  type Connections,
  type ConnectionTarget,
  connectionTo,
  type Consumer,
  type Coordinate,
  type EndpointKey,
  type Peer,
  type Reach,
} from "./connections/connectable";
export { ExternalService, type ExternalServiceProps } from "./connections/external-service";
export type { EnvironmentNames, NamedConnection } from "./connections/variables";
export type { Members } from "./access/bindings";
export {
  type AccessGrant,
  type AccessHolder,
  type AccessQuestion,
  type AccessRule,
  type AccessSubject,
  canI,
  whatCan,
  whoCan,
} from "./access/who-can";
export { Cluster, type ClusterEndpointProps, type KubeconfigProps } from "./clusters/cluster";
export { Application, type ApplicationProps, type PreviewProps } from "./platform/application";
export { Environment } from "./platform/environment";
export {
  type ClusterFacts,
  definePlatform,
  type EnvironmentFacts,
  type Names,
  type OidcFacts,
  type PlatformDefinition,
  type PlatformFacts,
  type TierFacts,
} from "./platform/facts";
export type { PodSecurityLevel } from "./platform/isolation";
export { Platform, type PlatformProps } from "./platform/platform";
export { type ApplicationEnvironmentProps, type Define, type EnvironmentProps, Program } from "./platform/program";
export type { SelectKey } from "./platform/select";
export type { TenantQuota } from "./platform/quota";
export { Tenant, type TenantProps } from "./platform/tenant";
export type { AllowedFacts, DataClass, Defaults, TenantFacts } from "./platform/tenant-facts";
export { Endpoint } from "./workloads/endpoint";
export { withEndpoints } from "./workloads/endpoints";
export { WebServiceReference, type WebServiceReferenceProps } from "./workloads/web-service-reference";
export type {
  AbsolutePath,
  Compute,
  ContainerProps,
  DisruptionBudget,
  EndpointPorts,
  EndpointProps,
  Entry,
  FileContent,
  GrpcEntryEndpointProps,
  HeaderChanges,
  Health,
  HealthByPurpose,
  HttpEntry,
  HttpEntryEndpointProps,
  InternalEndpointProps,
  PodCount,
  Probe,
  ProbeShorthand,
  ProbeTiming,
  Protocol,
  Replicas,
  Rollout,
  SizeName,
  Transform,
  Transforms,
  Value,
  Visibility,
  WorkloadProps,
} from "./workloads/types";
export { WebService, type WebServiceChild, type WebServiceProps } from "./workloads/web-service";
export { Workload } from "./workloads/workload";
export type { Without } from "./core/types";

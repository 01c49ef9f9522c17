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
export { Field, type KeyChange, type KeyPlace, type KeySource, Ref, type SecretSource } from "./core/refs";
export type { Size, SizeFacts } from "./core/sizes";
export type { TargetKind } from "./core/relations";
export type {
  AwsProps,
  BuiltinTier,
  ClusterConnection,
  ClusterRef,
  Delivery,
  DnsServer,
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
export {
  type ClusterServiceProps,
  ExternalService,
  type ExternalServiceProps,
  type OutsideServiceProps,
  type ServicePods,
} from "./connections/external-service";
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
export { Secret, type SecretProps } from "./resources/secret";
export type { SecretType } from "./resources/secret-type";
export { Endpoint } from "./workloads/endpoints/endpoint";
export { withEndpoints } from "./workloads/endpoints/endpoints";
export type {
  EndpointPorts,
  EndpointProps,
  Entry,
  GrpcEntryEndpointProps,
  HeaderChanges,
  HttpEntry,
  HttpEntryEndpointProps,
  InternalEndpointProps,
  Protocol,
  Visibility,
} from "./workloads/endpoints/types";
export { Job, type JobProps, type RunProps } from "./workloads/job";
export type { Health, HealthByPurpose, Probe, ProbeShorthand, ProbeTiming } from "./workloads/pod/health";
export type { Scheme } from "./workloads/pod/http";
export type { Nearness, Scheduling, Spread, Toleration } from "./workloads/pod/scheduling-types";
export type {
  EnvironmentSource,
  FileContent,
  FileOptions,
  OnChange,
  Structured,
  StructuredFile,
  Value,
} from "./workloads/pod/sources";
export type {
  AbsolutePath,
  Compute,
  ContainerProps,
  HelperContainerProps,
  Hook,
  InitProps,
  Lifecycle,
  PortProps,
  Readiness,
  SidecarProps,
  SizeName,
  SizeNames,
} from "./workloads/pod/types";
export type {
  Disk,
  EmptyVolume,
  EphemeralVolume,
  KeysVolume,
  Mount,
  PersistentVolume,
  ProjectedVolume,
  Projection,
  Volume,
  VolumePlace,
} from "./workloads/pod/volume-types";
export { type ReplicatedChild, type ReplicatedProps, ReplicatedWorkload } from "./workloads/replicated-workload";
export { Trigger } from "./workloads/scaling/trigger";
export type {
  CronTriggerProps,
  KafkaTriggerProps,
  PrometheusTriggerProps,
  RabbitMqTriggerProps,
  RedisListTriggerProps,
  SqsTriggerProps,
  TriggerAuthentication,
} from "./workloads/scaling/trigger-types";
export type {
  DisruptionBudget,
  PodCount,
  Replicas,
  Rollout,
  RolloutTiming,
  Scaling,
  ScalingMetric,
  ScalingSpeed,
  WakingHours,
  Weekday,
} from "./workloads/scaling/types";
export { ScheduledJob, type ScheduledJobProps } from "./workloads/scheduled-job";
export type { Transform, Transforms, WorkloadProps } from "./workloads/types";
export { WebService, type WebServiceChild, type WebServiceProps } from "./workloads/web-service";
export { WebServiceReference, type WebServiceReferenceProps } from "./workloads/web-service-reference";
export { Worker, type WorkerProps } from "./workloads/worker";
export { Workload, type WorkloadChild } from "./workloads/workload";
export type { Without } from "./core/types";
